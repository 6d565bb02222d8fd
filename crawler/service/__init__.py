"""What `disway serve` is made of: a schedule whose every fire leaves a row in `runs`.

    jobs        what runs when, an entry a job; `grid` says at which instants
    fires       which fires are due, which were missed: pure
    dispatch    takes fires, starts runs, sees to their rows; `journal` is its memory, `children` its processes
    schedule    APScheduler, stepped by `service`, which also compares the clocks
    telemetry   what is known of the runs; `health` and `metrics` tell it, `web` answers

The process stays small: whatever talks to the store or to a newspaper is the `disway` command in a process of its own.
"""
