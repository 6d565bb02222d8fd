"""What the articles are about: one `Topic` a subject, all phrases our own."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Topic:
    """Phrases of one subject; `prose` fits them into sentences.

    event: noun phrases; action: what an office does (active verb phrase); effect: what follows (clause without
    subject); group: people concerned; unit: what is counted; tags: lower-case tag names.
    """

    event: tuple[str, ...]
    action: tuple[str, ...]
    effect: tuple[str, ...]
    group: tuple[str, ...]
    unit: tuple[str, ...]
    tags: tuple[str, ...]


TOPICS: tuple[Topic, ...] = (
    Topic(
        event=("luapan sungai", "banjir kiriman", "genangan setelah hujan semalaman", "jebolnya tanggul lama"),
        action=(
            "mengerahkan perahu karet",
            "membuka dapur umum",
            "menambal tanggul dengan karung pasir",
            "memetakan titik rawan genangan",
        ),
        effect=(
            "air surut lebih cepat dari perkiraan",
            "jalan penghubung kembali terbuka",
            "keluarga bisa pulang sebelum malam",
        ),
        group=("warga bantaran sungai", "keluarga pengungsi", "pemilik warung di tepi jalan"),
        unit=("rumah", "kepala keluarga", "karung pasir"),
        tags=("banjir", "cuaca ekstrem", "tanggap darurat", "pengungsi", "sungai"),
    ),
    Topic(
        event=("panen raya padi", "musim tanam kedua", "serangan hama wereng", "pembagian pupuk bersubsidi"),
        action=(
            "membenahi saluran irigasi",
            "membagikan benih unggul",
            "menjadwalkan ulang giliran air",
            "mendampingi kelompok tani",
        ),
        effect=(
            "hasil gabah naik dibanding musim lalu",
            "biaya tanam bisa ditekan",
            "harga di tingkat petani tidak jatuh",
        ),
        group=("petani penggarap", "kelompok tani", "buruh panen", "pengurus gapoktan"),
        unit=("hektare", "ton gabah", "karung pupuk"),
        tags=("pertanian", "panen raya", "pupuk subsidi", "gabah", "irigasi", "petani"),
    ),
    Topic(
        event=(
            "operasi pasar murah",
            "kenaikan harga cabai",
            "pemantauan stok beras",
            "penataan lapak pedagang",
        ),
        action=(
            "menambah pasokan dari gudang",
            "menggelar pasar murah keliling",
            "menimbang ulang takaran pedagang",
            "mencatat harga tiap pagi",
        ),
        effect=(
            "antrean pembeli lebih tertib",
            "harga kembali mendekati acuan",
            "pedagang kecil tetap punya untung",
        ),
        group=("ibu rumah tangga", "pedagang pasar", "pelaku usaha mikro", "pemilik warung makan"),
        unit=("lapak", "kilogram", "paket sembako"),
        tags=("harga pangan", "pasar murah", "inflasi", "umkm", "sembako", "pedagang"),
    ),
    Topic(
        event=("perbaikan ruas jalan", "pembangunan jembatan gantung", "pelebaran simpang", "proyek drainase"),
        action=(
            "mengaspal ruas yang berlubang",
            "memasang lampu penerangan",
            "mengalihkan arus kendaraan",
            "mengawasi mutu beton",
        ),
        effect=(
            "waktu tempuh berkurang",
            "angkutan hasil kebun lebih lancar",
            "kecelakaan di tikungan itu berkurang",
        ),
        group=("pengguna jalan", "sopir angkutan", "pelajar yang bersepeda", "warga sekitar proyek"),
        unit=("kilometer", "titik lampu", "meter kubik beton"),
        tags=("infrastruktur", "perbaikan jalan", "jembatan", "drainase", "lalu lintas"),
    ),
    Topic(
        event=("imunisasi kejar", "pemeriksaan kesehatan gratis", "lonjakan kasus demam", "pekan posyandu"),
        action=(
            "mendatangi rumah balita",
            "membuka layanan sampai malam",
            "melatih kader posyandu",
            "menyemprot lingkungan padat",
        ),
        effect=(
            "cakupan layanan bertambah",
            "pasien tidak perlu dirujuk jauh",
            "angka tengkes pelan-pelan menurun",
        ),
        group=("ibu hamil", "kader posyandu", "lansia", "orang tua balita"),
        unit=("balita", "pasien", "dosis vaksin"),
        tags=("kesehatan", "posyandu", "imunisasi", "puskesmas", "stunting"),
    ),
    Topic(
        event=(
            "penerimaan murid baru",
            "lomba literasi",
            "rehabilitasi ruang kelas",
            "pembagian seragam gratis",
        ),
        action=(
            "menambah rombongan belajar",
            "mengirim buku ke sekolah pinggiran",
            "melatih guru honorer",
            "memeriksa atap ruang kelas",
        ),
        effect=(
            "anak tidak lagi belajar bergantian",
            "minat baca murid tumbuh",
            "orang tua lebih ringan menanggung biaya",
        ),
        group=("wali murid", "guru honorer", "siswa kelas akhir", "komite sekolah"),
        unit=("siswa", "ruang kelas", "judul buku"),
        tags=("pendidikan", "sekolah", "guru honorer", "literasi", "siswa"),
    ),
    Topic(
        event=("turnamen sepak bola antarkampung", "kejuaraan silat", "lomba lari malam", "seleksi atlet pelajar"),
        action=(
            "memoles lapangan utama",
            "mendatangkan pelatih muda",
            "menyaring pemain lewat tiga tahap",
            "menata jadwal pertandingan",
        ),
        effect=("penonton memenuhi tribun", "bakat muda cepat terlihat", "tim tuan rumah pulang membawa piala"),
        group=("atlet pelajar", "suporter tuan rumah", "pelatih klub", "panitia pertandingan"),
        unit=("tim", "peserta", "tiket"),
        tags=("olahraga", "sepak bola", "pencak silat", "atlet muda", "turnamen"),
    ),
    Topic(
        event=("festival durian", "pembukaan desa wisata", "libur panjang di pantai", "pentas tari di alun-alun"),
        action=(
            "menyiapkan kantong parkir",
            "menata jalur pejalan kaki",
            "mengundang kelompok seni",
            "melatih pemandu lokal",
        ),
        effect=("penginapan penuh dipesan", "dagangan kerajinan habis terjual", "nama desa makin dikenal"),
        group=("wisatawan keluarga", "pemandu lokal", "perajin anyaman", "pengelola homestay"),
        unit=("pengunjung", "stan", "kamar"),
        tags=("wisata", "festival", "budaya", "kuliner", "desa wisata"),
    ),
    Topic(
        event=("operasi keselamatan", "razia knalpot bising", "penyuluhan tertib berkendara", "patroli malam"),
        action=(
            "menempatkan personel di simpang rawan",
            "memeriksa surat kendaraan",
            "menyita knalpot tidak standar",
            "menggandeng pelajar sebagai pelopor",
        ),
        effect=("pelanggaran berkurang tajam", "warga merasa lebih tenang", "balap liar tidak lagi terlihat"),
        group=("pengendara muda", "sopir truk", "pelajar", "tokoh pemuda"),
        unit=("kendaraan", "personel", "surat tilang"),
        tags=("polisi", "tertib lalu lintas", "razia", "keselamatan", "patroli"),
    ),
    Topic(
        event=("penyaluran bantuan tunai", "bedah rumah", "pemutakhiran data keluarga", "musyawarah desa"),
        action=(
            "mencocokkan data dari rumah ke rumah",
            "menyalurkan bantuan lewat balai desa",
            "mengumumkan nama penerima",
            "membuka meja pengaduan",
        ),
        effect=(
            "bantuan sampai kepada yang berhak",
            "dinding rumah tidak lagi bocor",
            "keluhan ditangani dalam sehari",
        ),
        group=("keluarga penerima", "perangkat desa", "penyandang disabilitas", "buruh harian"),
        unit=("keluarga", "unit rumah", "berkas"),
        tags=("bantuan sosial", "bedah rumah", "desa", "kemiskinan", "dana desa"),
    ),
    Topic(
        event=("peluncuran layanan daring", "pelatihan digital", "pameran inovasi", "perluasan jaringan internet"),
        action=(
            "memasang titik internet gratis",
            "melatih admin desa",
            "menyatukan aplikasi perizinan",
            "mengundang perintis usaha",
        ),
        effect=(
            "surat selesai dalam hitungan menit",
            "pesanan datang dari luar pulau",
            "antrean di loket menghilang",
        ),
        group=("anak muda perintis usaha", "admin desa", "pelaku usaha rumahan", "mahasiswa magang"),
        unit=("titik internet", "pengguna", "permohonan"),
        tags=("teknologi", "digital", "internet desa", "inovasi", "pelayanan publik"),
    ),
    Topic(
        event=("penanaman mangrove", "pengelolaan bank sampah", "kebakaran lahan", "pembersihan sungai"),
        action=(
            "menanam bibit bersama pelajar",
            "menyekat parit di lahan gambut",
            "menimbang sampah tiap pekan",
            "memasang jaring penahan sampah",
        ),
        effect=("garis pantai terlindungi", "udara kembali bersih", "tabungan sampah warga bertambah"),
        group=("nelayan kecil", "pegiat lingkungan", "pengurus bank sampah", "pemilik kebun"),
        unit=("bibit", "kilogram sampah", "hektare lahan"),
        tags=("lingkungan", "mangrove", "bank sampah", "karhutla", "sungai bersih"),
    ),
)
