//! The generator's random numbers: xoshiro256** seeded through SplitMix64 (Blackman and Vigna, prng.di.unimi.it).
//!
//! Written here and not taken from a library, so that an archive of a seed stays the same for ever. A sub-seed is
//! mixed from the seed and the position of what it is for, so nothing depends on the order in which things are made.
//! Not for secrets.

/// A stream of random numbers.
#[derive(Clone, Debug)]
pub struct Random([u64; 4]);

impl Random {
    /// The stream that belongs to these parts, the first of which is the seed.
    pub fn new(parts: &[u64]) -> Self {
        let mut state = mix(parts);
        Self(std::array::from_fn(|_| split_mix(&mut state)))
    }

    pub fn next(&mut self) -> u64 {
        let state = &mut self.0;
        let result = state[1].wrapping_mul(5).rotate_left(7).wrapping_mul(9);
        let shifted = state[1] << 17;
        state[2] ^= state[0];
        state[3] ^= state[1];
        state[1] ^= state[2];
        state[0] ^= state[3];
        state[2] ^= shifted;
        state[3] = state[3].rotate_left(45);
        result
    }

    /// A number from 0 up to, not including, `bound`; 0 if `bound` is 0.
    pub fn below(&mut self, bound: u64) -> u64 {
        ((u128::from(self.next()) * u128::from(bound)) >> 64) as u64
    }

    /// Like [`Random::below`], small numbers far more often than large ones.
    pub fn skewed(&mut self, bound: u64) -> u64 {
        let once = self.below(bound) + 1;
        self.below(once)
    }

    pub fn percent(&mut self, share: u64) -> bool {
        self.below(100) < share
    }

    /// A number from 0 up to, not including, 1.
    pub fn fraction(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// One of the values, which must not be empty.
    pub fn pick<'a, T>(&mut self, values: &'a [T]) -> &'a T {
        &values[self.below(values.len() as u64) as usize]
    }

    /// Fisher and Yates.
    pub fn shuffle<T>(&mut self, values: &mut [T]) {
        for last in (1..values.len()).rev() {
            values.swap(last, self.below(last as u64 + 1) as usize);
        }
    }
}

/// Picks positions by weight.
#[derive(Debug)]
pub struct Weights(Vec<u64>);

impl Weights {
    pub fn new(weights: impl IntoIterator<Item = u64>) -> Self {
        let mut sum = 0;
        Self(
            weights
                .into_iter()
                .map(|weight| {
                    sum += weight;
                    sum
                })
                .collect(),
        )
    }

    pub fn pick(&self, random: &mut Random) -> usize {
        let ticket = random.below(self.0.last().copied().unwrap_or(0));
        self.0.partition_point(|sum| *sum <= ticket)
    }
}

/// A number that belongs to these parts: the same parts, the same number.
pub fn mix(parts: &[u64]) -> u64 {
    let mut state = 0x6561_6b73_616d_696e;
    for part in parts {
        state ^= *part;
        state = split_mix(&mut state);
    }
    state
}

fn split_mix(state: &mut u64) -> u64 {
    *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mut value = *state;
    value = (value ^ (value >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    value = (value ^ (value >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    value ^ (value >> 31)
}
