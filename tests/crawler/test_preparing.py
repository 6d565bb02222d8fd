"""A start that takes long says so."""

import logging
import threading

from crawler.preparing import told_when_slow


class Told(logging.Handler):
    def __init__(self) -> None:
        super().__init__()
        self.said = threading.Event()
        self.message = ""

    def emit(self, record: logging.LogRecord) -> None:
        self.message = record.getMessage()
        self.said.set()


def test_a_slow_start_is_told_once_and_a_quick_one_never() -> None:
    told = Told()
    logging.getLogger("crawler.preparing").addHandler(told)
    try:
        with told_when_slow("s3://koran/arsip", after_s=0):
            assert told.said.wait(60)
        assert "s3://koran/arsip" in told.message
        told.said.clear()
        with told_when_slow("s3://koran/arsip", after_s=3600):
            pass
        assert not told.said.is_set()
        assert not [t for t in threading.enumerate() if isinstance(t, threading.Timer) and not t.finished.is_set()]
    finally:
        logging.getLogger("crawler.preparing").removeHandler(told)
