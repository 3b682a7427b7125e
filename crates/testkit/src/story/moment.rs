//! Moments of the story and the ids derived from them. No clock and no chance: the same text gives the same moment, the
//! same label the same id.

/// Midnight UTC of 14 May 2024, the day of the incident, in microseconds since 1970.
const TODAY_MICROS: i64 = 1_715_644_800_000_000;
const SECOND_MICROS: i64 = 1_000_000;
const DAY_MICROS: i64 = 86_400 * SECOND_MICROS;

/// A time between 7 and 14 May 2024, to the microsecond.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Moment(i64);

/// A time of day on 14 May 2024: `14:02:11` or `14:02:11.482`.
pub(crate) fn today(clock: &str) -> Moment {
    Moment(TODAY_MICROS + micros_of_day(clock))
}

/// A time of day on 13 May 2024.
pub(crate) fn yesterday(clock: &str) -> Moment {
    Moment(TODAY_MICROS - DAY_MICROS + micros_of_day(clock))
}

/// A time of day on 7 May 2024, when `demo` was made.
pub(crate) fn week_before(clock: &str) -> Moment {
    Moment(TODAY_MICROS - 7 * DAY_MICROS + micros_of_day(clock))
}

impl Moment {
    pub(crate) fn plus_millis(self, millis: i64) -> Self {
        Self(self.0 + millis * 1_000)
    }

    pub(crate) fn plus_micros(self, micros: i64) -> Self {
        Self(self.0 + micros)
    }

    /// The end of the window of `minutes` the moment falls into.
    pub(crate) fn window_end(self, minutes: i64) -> Self {
        let width = minutes * 60 * SECOND_MICROS;
        Self((self.0 / width + 1) * width)
    }

    pub(crate) fn epoch_millis(self) -> i64 {
        self.0 / 1_000
    }

    pub(crate) fn epoch_second(self) -> i64 {
        self.0 / SECOND_MICROS
    }

    /// `1715695817.482`, as EKS writes times into responses.
    pub(crate) fn epoch_seconds(self) -> String {
        format!("{}.{:03}", self.0 / SECOND_MICROS, self.epoch_millis() % 1_000)
    }

    /// `2024-05-14T14:02:11Z`
    pub(crate) fn seconds(self) -> String {
        let [hour, minute, second] = self.clock();
        format!("{}T{hour:02}:{minute:02}:{second:02}Z", self.date("-"))
    }

    /// `2024-05-14T14:02:11.482Z`
    pub(crate) fn millis(self) -> String {
        let [hour, minute, second] = self.clock();
        format!("{}T{hour:02}:{minute:02}:{second:02}.{:03}Z", self.date("-"), self.epoch_millis() % 1_000)
    }

    /// `2024-05-14T14:02:11.482113Z`
    pub(crate) fn micros(self) -> String {
        let [hour, minute, second] = self.clock();
        format!("{}T{hour:02}:{minute:02}:{second:02}.{:06}Z", self.date("-"), self.0 % SECOND_MICROS)
    }

    /// `0514 14:02:11.482113`, as klog begins its lines behind the letter of the severity.
    pub(crate) fn klog(self) -> String {
        let [hour, minute, second] = self.clock();
        format!("05{:02} {hour:02}:{minute:02}:{second:02}.{:06}", self.day(), self.0 % SECOND_MICROS)
    }

    /// `May 14, 2024, 2:41:06 PM`, as STS and IAM write times into responses.
    pub(crate) fn spoken(self) -> String {
        let [hour, minute, second] = self.clock();
        let half = if hour < 12 { "AM" } else { "PM" };
        let hour = (hour + 11) % 12 + 1;
        format!("May {}, 2024, {hour}:{minute:02}:{second:02} {half}", self.day())
    }

    /// `2024/05/14`, with the separator given.
    pub(crate) fn date(self, separator: &str) -> String {
        format!("2024{separator}05{separator}{:02}", self.day())
    }

    /// `20240514T1405Z`, as CloudTrail names its objects.
    pub(crate) fn object_stamp(self) -> String {
        let [hour, minute, _] = self.clock();
        format!("{}T{hour:02}{minute:02}Z", self.date(""))
    }

    /// `2024-05-14-14-00-05`, as Firehose names its objects.
    pub(crate) fn firehose_stamp(self) -> String {
        let [hour, minute, second] = self.clock();
        format!("{}-{hour:02}-{minute:02}-{second:02}", self.date("-"))
    }

    fn day(self) -> i64 {
        14 + (self.0 - TODAY_MICROS).div_euclid(DAY_MICROS)
    }

    fn clock(self) -> [i64; 3] {
        let seconds = self.0.rem_euclid(DAY_MICROS) / SECOND_MICROS;
        [seconds / 3_600, seconds / 60 % 60, seconds % 60]
    }
}

fn micros_of_day(clock: &str) -> i64 {
    let mut digits: Vec<i64> = clock.bytes().filter(u8::is_ascii_digit).map(|byte| i64::from(byte - b'0')).collect();
    digits.resize(12, 0);
    let number = |range: std::ops::Range<usize>| digits[range].iter().fold(0, |sum, digit| sum * 10 + digit);
    (number(0..2) * 3_600 + number(2..4) * 60 + number(4..6)) * SECOND_MICROS + number(6..12)
}

/// Ids that look random and are not.
pub(crate) mod ids {
    /// A version 4 UUID.
    pub(crate) fn uuid(label: &str) -> String {
        let [high, low] = spread(label);
        let high = high & !0xf000 | 0x4000;
        let low = low & !(0b11 << 62) | 0b10 << 62;
        format!(
            "{:08x}-{:04x}-{:04x}-{:04x}-{:012x}",
            high >> 32,
            high >> 16 & 0xffff,
            high & 0xffff,
            low >> 48,
            low & 0xffff_ffff_ffff
        )
    }

    /// 32 hexadecimal digits.
    pub(crate) fn hex(label: &str) -> String {
        let [high, low] = spread(label);
        format!("{high:016x}{low:016x}")
    }

    /// Eight hexadecimal digits, as in the names of flow log objects.
    pub(crate) fn short_hex(label: &str) -> String {
        format!("{:08x}", spread(label)[0] >> 32)
    }

    /// 16 letters and digits, as at the end of a CloudTrail object's name.
    pub(crate) fn suffix(label: &str) -> String {
        pick(label, b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789")
    }

    /// 16 capitals and digits, as the request ids of S3.
    pub(crate) fn capitals(label: &str) -> String {
        pick(label, b"ABCDEFGHJKMNPQRSTVWXYZ0123456789")
    }

    /// A number from 0 to `below` exclusive.
    pub(crate) fn number(label: &str, below: i64) -> i64 {
        (spread(label)[0] >> 1) as i64 % below
    }

    /// 56 digits, as the ids CloudWatch gives to log events.
    pub(crate) fn log_event(label: &str) -> String {
        let [first, second] = spread(label);
        let [third, _] = spread(&format!("{label}+"));
        format!("38{:018}{:018}{:018}", first % MODULUS, second % MODULUS, third % MODULUS)
    }

    const MODULUS: u64 = 1_000_000_000_000_000_000;

    fn pick(label: &str, alphabet: &[u8]) -> String {
        let [high, low] = spread(label);
        let mut state = u128::from(high) << 64 | u128::from(low);
        let mut out = String::with_capacity(16);
        for _ in 0..16 {
            out.push(char::from(alphabet[(state % alphabet.len() as u128) as usize]));
            state /= alphabet.len() as u128;
        }
        out
    }

    /// FNV-1a over the label, then two rounds of splitmix64 to spread it over 128 bits.
    fn spread(label: &str) -> [u64; 2] {
        let seed = label
            .bytes()
            .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3));
        [splitmix(seed), splitmix(seed ^ 0xa5a5_5a5a_c3c3_3c3c)]
    }

    fn splitmix(seed: u64) -> u64 {
        let mut mixed = seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
        mixed = (mixed ^ mixed >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ mixed >> 31
    }
}
