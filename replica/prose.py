"""Indonesian news prose put together from our own word stock, repeatable for a seed."""

import random
from collections.abc import Callable
from datetime import date, timedelta

from replica import words
from replica.chance import happens
from replica.topics import TOPICS, Topic

SENTENCES: tuple[str, ...] = (
    "{office} {region} {action} setelah {event} di Desa {village}, {day}.",
    "{office} {region} mulai {action} pada {stage} karena {reason}.",
    "Sebanyak {count} {unit} tercatat di Kecamatan {village} sejak {event} berlangsung pada {date}.",
    "{person}, {role} yang menangani {event}, menyebut {reason}.",
    "Dari {count} {unit} yang didata, baru {small} persen yang selesai ditangani hingga pukul {clock} WIB.",
    "{group_cap} di Desa {village} berharap {hope}.",
    "Nilai kegiatan itu mencapai Rp{money} juta dan dibagi untuk {small} desa di {region}.",
    "Akibat {event}, {group} terpaksa menunggu sampai {stage}.",
    "Petugas {action} dari Desa {village} sampai Desa {village}, dan {effect}.",
    "Dibandingkan tahun lalu, jumlahnya bertambah {count} {unit} atau naik {small},{digit} persen.",
    "{person} dan {group} sudah dua kali bertemu membahas {event}, terakhir {day} di {region}.",
    "Rapat yang dipimpin {person} itu memutuskan untuk {action} paling lambat {date}.",
    "Warga bernama {person} ({age}) mengaku {reason}.",
    "Begitu {event} dilaporkan, {office} {action} dan {effect}.",
    "Jalur menuju Desa {village} sempat ditutup selama {small} jam karena {reason}.",
    "Di tiga titik lain, yakni {village}, {village} dan {village}, {effect}.",
    "Pendaftaran dibuka mulai pukul {clock} WIB di kantor {office} dengan kuota {count} {unit}.",
    "Catatan {office} menunjukkan {count} {unit} pada {date}, lalu turun menjadi {small} {unit} sepekan kemudian.",
    "{group_cap} menyambut baik langkah itu karena {effect}.",
    "Untuk menjaga hasilnya, {office} akan {action} setiap {small} hari sekali.",
    "Kegiatan di {region} itu diikuti {count} orang, sebagian besar {group}.",
    "Menurut {person}, {effect} walau {reason}.",
    "Tim gabungan berangkat pukul {clock} WIB dan tiba di Desa {village} {small} menit kemudian.",
    "Biaya yang semula Rp{money} ribu per {unit} kini ditanggung {office}.",
    "Dua posko didirikan di Desa {village} dan Desa {village} dengan {small} orang petugas yang bergantian.",
    "Warga Desa {village} diminta melapor ke kantor {office} bila menemukan dampak {event}.",
    "Kepala Desa {village}, {person}, membenarkan bahwa {reason}.",
    "Data sementara mencatat {count} {unit} di {village}, {count} di {village}, dan sisanya tersebar di {region}.",
    "Sampai {date}, {group} masih menunggu kabar dari {office}.",
    "Anggaran sebesar Rp{money} juta itu bersumber dari kas daerah dan swadaya {group}.",
    "Rombongan yang dipimpin {person} berkeliling ke {small} dusun sebelum {action}.",
    "Jarak dari pusat {region} ke Desa {village} sekitar {small} kilometer, dan {reason}.",
    "Tahun ini jatah untuk Kecamatan {village} ditetapkan {count} {unit}, lebih banyak {small} persen dari usulan.",
    "Pengawasan diserahkan kepada {person} yang sehari-hari bekerja sebagai {role}.",
    "Bila {stage} berjalan lancar, {office} akan {action} di {small} lokasi lain.",
    "Keluarga {person} di Desa {village} termasuk yang pertama merasakan bahwa {effect}.",
)
CONTINUATIONS: tuple[str, ...] = tuple(s for s in SENTENCES if not s.startswith(("{office}", "{person}")))
"""Sentences whose first word may lose its capital."""
QUOTES: tuple[str, ...] = (
    '"Kami {action} supaya {effect}," {said} {person} {where}, {day}.',
    '"Yang paling penting, {hope}," {said} {person}, {role} {region}, {where}.',
    '"Ada {count} {unit} yang harus selesai pada {stage}. Kami minta {group} bersabar," {said} {person}.',
    '"Jangan menunggu {event} datang lagi baru bergerak," {said} {person} {where}.',
    '"Kalau {group} ikut menjaga, {effect}," {said} {person} ({age}), warga Desa {village}.',
    '"Dulu {reason}, sekarang {effect}," {said} {person}, {role}, {where}.',
    '"Kami hitung ulang, totalnya {count} {unit}. Tidak boleh ada yang terlewat," {said} {person} {where}.',
    '"Silakan datang ke kantor {office} sebelum pukul {clock} WIB," {said} {person}.',
    '"Sejak {date} kami sudah tahu {reason}, jadi persiapannya lebih matang," {said} {person}.',
)
HEADLINES: tuple[str, ...] = (
    "{office} {region} {action_title}, {count} {unit_title} Jadi Sasaran",
    "Usai {event_title} di {village}, {group_title} Minta Kepastian",
    "{count} {unit_title} Terdata, {person} Ungkap Penyebabnya",
    "{event_title} di {region}: {effect_title}",
    "Ini {small} Langkah {office} Hadapi {event_title}",
    "Lega! {effect_title} Setelah {event_title}",
    "Kabupaten/Kota Tetangga Ikut Belajar, {region} {action_title}",
    "Anggaran Rp{money}.000.000 Disiapkan untuk {event_title} di Desa {village}",
    "{person}: {hope_title}",
    "Catat Tanggalnya, {event_title} di {village} Dimulai Pukul {clock}",
    '{group_title} {village} Sambut "{event_title}", Ada Apa?',
    "Hemat {small} Persen & Tepat Waktu, Begini Cara {office} {action_title}",
    "Pukul {clock}, {event_title} Kejutkan {group_title} di {village}",
    "{office} {region} Akhirnya {action_title}, Ini Alasannya",
    "Bukan {small}, Ternyata {count} {unit_title} Terdampak {event_title}",
    "Kisah {person}, {role_title} yang Setia Dampingi {group_title}",
    "Siap-siap! {office} Segera {action_title} di {small} Titik",
    "{region} Punya {count} {unit_title} Baru, Warga {village}: {effect_title}",
    "{event_title} Jum'at Ini, {count} {unit_title} Sudah Masuk Daftar, Begini Jadwalnya",
)
ACCENTED_HEADLINES: tuple[str, ...] = ("Dari Kafé Kecil di {village}, {group_title} Galang Dukungan",)
CAPTIONS: tuple[str, ...] = (
    "Suasana {event} di Desa {village}, {region}, {day}",
    "{person} bersama {group} meninjau lokasi di {village}",
    "Petugas {office} saat {action} di Kecamatan {village}",
    "Ilustrasi {event}",
    "{group_cap} mengantre di depan kantor {office}",
)
DAYS: tuple[str, ...] = ("Senin", "Selasa", "Rabu", "Kamis", "Jumat", "Sabtu", "Minggu")
MONTHS: tuple[str, ...] = (
    *("Januari", "Februari", "Maret", "April", "Mei", "Juni", "Juli"),
    *("Agustus", "September", "Oktober", "November", "Desember"),
)


class Prose:
    """Writes about one topic in one region.

    `today` is the day of publication. `written` is shared by every writer of a network: a headline or paragraph that
    anybody has written is not written again.
    """

    def __init__(self, rng: random.Random, region: str, written: set[str], today: date) -> None:
        self._rng = rng
        self._region = region
        self._written = written
        self._today = today
        self.topic: Topic = rng.choice(TOPICS)
        self._makers: dict[str, Callable[[], str]] = {
            "event": lambda: rng.choice(self.topic.event),
            "action": lambda: rng.choice(self.topic.action),
            "effect": lambda: rng.choice(self.topic.effect),
            "group": lambda: rng.choice(self.topic.group),
            "unit": lambda: rng.choice(self.topic.unit),
            "office": lambda: rng.choice(words.OFFICES),
            "role": lambda: rng.choice(words.ROLES),
            "reason": lambda: rng.choice(words.REASONS),
            "hope": lambda: rng.choice(words.HOPES),
            "stage": lambda: rng.choice(words.STAGES),
            "said": lambda: rng.choice(words.SAID),
            "where": lambda: rng.choice(words.PLACES_OF_SPEECH),
            "village": lambda: rng.choice(words.VILLAGES),
            "person": self.person,
            "region": lambda: self._region,
            "count": lambda: f"{rng.randint(12, 9800):,}".replace(",", "."),
            "small": lambda: str(rng.randint(2, 48)),
            "digit": lambda: str(rng.randint(1, 9)),
            "age": lambda: str(rng.randint(19, 77)),
            "money": lambda: str(rng.randint(25, 990)),
            "clock": lambda: f"{rng.randint(6, 21):02d}.{rng.choice(('00', '15', '30', '45'))}",
            "day": self._day,
            "date": self._date,
        }

    def person(self) -> str:
        """A name of two or three words."""
        middle = self._rng.choice(words.FIRST_NAMES) + " " if happens(self._rng, 0.2) else ""
        return f"{self._rng.choice(words.FIRST_NAMES)} {middle}{self._rng.choice(words.LAST_NAMES)}"

    def headline(self) -> str:
        """A headline, never one that was written before."""
        templates = ACCENTED_HEADLINES if happens(self._rng, 0.01) else HEADLINES  # rare in slugs
        return self._fresh(lambda: self._fill(self._rng.choice(templates)))

    def caption(self) -> str:
        """The words under the lead image, without a credit and without a hyphen."""
        return self._fill(self._rng.choice(CAPTIONS))

    def subhead(self, number: int | None = None) -> str:
        """A short line between paragraphs, numbered when asked."""
        line = self._rng.choice((*words.SUBHEADS, self._fill("{village}, {region}"), self._fill("{event_title}")))
        return line if number is None else f"{number}. {line}"

    def list_lines(self) -> list[str]:
        """Two to five short lines as of a list: villages with a number each."""
        names = self._rng.sample(words.VILLAGES, self._rng.randint(2, 5))
        mark = self._rng.choice(("- ", "", "\u2022 "))
        return [f"{mark}Desa {name} {self._fill('{count} {unit}')}" for name in names]

    def paragraph(self) -> str:
        """One to three sentences, or a quotation; new within the network."""
        return self._fresh(self._paragraph)

    def tags(self, count: int) -> list[str]:
        """`count` tag names, the topic's own first."""
        extra = [self._region.lower(), *(t for topic in TOPICS for t in topic.tags if topic is not self.topic)]
        own = list(self.topic.tags)
        self._rng.shuffle(own)
        return [*own, *self._rng.sample(extra, len(extra))][:count]

    def _paragraph(self) -> str:
        if happens(self._rng, 0.28):  # about one paragraph in four is a quotation
            quote = self._fill(self._rng.choice(QUOTES))
            return quote if happens(self._rng, 0.6) else f"{quote} {self._sentence()}"
        sentences = [self._sentence() for _ in range(self._rng.choice((1, 1, 2, 2, 2, 3)))]
        if happens(self._rng, 0.3):
            sentence = self._fill(self._rng.choice(CONTINUATIONS))
            sentences[0] = f"{self._rng.choice(words.OPENERS)} {sentence[0].lower()}{sentence[1:]}"
        return " ".join(sentences)

    def _sentence(self) -> str:
        return self._fill(self._rng.choice(SENTENCES))

    def _fresh(self, write: Callable[[], str]) -> str:
        while (text := write()) in self._written:
            pass
        self._written.add(text)
        return text

    def _day(self) -> str:
        """A day of the week before publication, in the forms that reporters write."""
        at = self._today - timedelta(days=self._rng.randint(0, 6))
        name, month = DAYS[at.weekday()], MONTHS[at.month - 1]
        return self._rng.choice(
            (
                f"{name} ({at:%d/%m/%Y})",
                f"{name} {at.day} {month} {at.year}",
                f"{name} petang, {at.day} {month} {at.year}",
                f"{name} ({at.day}/{at.month})",
            )
        )

    def _date(self) -> str:
        at = self._today + timedelta(days=self._rng.randint(-60, 20))
        return f"{at.day} {MONTHS[at.month - 1]} {at.year}"

    def _fill(self, template: str) -> str:
        return template.format_map(_Slots(self._makers))


class _Slots(dict[str, str]):
    """Draws a new value at every mention of a slot; `<slot>_title` and `<slot>_cap` change its capitals."""

    def __init__(self, makers: dict[str, Callable[[], str]]) -> None:
        super().__init__()
        self._makers = makers

    def __missing__(self, key: str) -> str:
        name, _, case = key.partition("_")
        value = self._makers[name]()
        if case == "title":
            return " ".join(word[:1].upper() + word[1:] for word in value.split(" "))
        return value[:1].upper() + value[1:] if case == "cap" else value
