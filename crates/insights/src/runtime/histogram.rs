//! `histogram`: how many numbers are in each of so many ranges of equal width.

use super::{json, numbers};

/// Counts by ranges from the least to the greatest number, as the text of a JSON object whose keys are the ranges:
/// `{"[0,5)":2,"[5,10]":1}`. Numbers that are all the same have one range. None of no numbers.
pub fn histogram(values: &[f64], ranges: usize) -> Option<String> {
    let finite = || values.iter().copied().filter_map(numbers::finite);
    let (least, greatest) = (finite().reduce(f64::min)?, finite().reduce(f64::max)?);
    if least.total_cmp(&greatest).is_eq() || ranges == 0 {
        return Some(object(&[(format!("[{least},{greatest}]"), finite().count())]));
    }
    // The beginnings of the ranges after the first.
    let beginnings: Vec<f64> = (1..ranges).map(|range| beginning(least, greatest, range, ranges)).collect();
    let mut counts = vec![0_usize; ranges];
    for value in finite() {
        if let Some(count) = counts.get_mut(beginnings.partition_point(|beginning| *beginning <= value)) {
            *count += 1;
        }
    }
    let edge = |range: usize| match range {
        0 => least,
        _ => beginnings.get(range - 1).copied().unwrap_or(greatest),
    };
    let named = counts.into_iter().enumerate().map(|(range, count)| {
        let closing = if range + 1 == ranges { ']' } else { ')' };
        let (from, to) = (numbers::render(edge(range)), numbers::render(edge(range + 1)));
        (format!("[{},{}{closing}", from.unwrap_or_default(), to.unwrap_or_default()), count)
    });
    Some(object(&named.collect::<Vec<_>>()))
}

fn beginning(least: f64, greatest: f64, range: usize, ranges: usize) -> f64 {
    let width = greatest - least;
    if width.is_finite() {
        return least + width * range as f64 / ranges as f64;
    }
    // Too far apart for their difference to be a number.
    let share = range as f64 / ranges as f64;
    least * (1.0 - share) + greatest * share
}

fn object(counts: &[(String, usize)]) -> String {
    let members: Vec<String> = counts.iter().map(|(range, count)| format!("{}:{count}", json::string(range))).collect();
    format!("{{{}}}", members.join(","))
}

#[cfg(test)]
mod tests {
    use super::histogram;

    #[test]
    fn every_number_is_in_one_range() {
        for (values, ranges, expected) in [
            (&[0.0, 1.0, 5.0, 10.0] as &[f64], 2, r#"{"[0,5)":2,"[5,10]":2}"#),
            (&[10.0, 0.0], 4, r#"{"[0,2.5)":1,"[2.5,5)":0,"[5,7.5)":0,"[7.5,10]":1}"#),
            (&[-1.0, 1.0, 0.0], 1, r#"{"[-1,1]":3}"#),
            (&[7.0, 7.0], 3, r#"{"[7,7]":2}"#),
            (&[f64::NAN, 3.0], 3, r#"{"[3,3]":1}"#),
        ] {
            assert_eq!(histogram(values, ranges).as_deref(), Some(expected));
        }
        assert_eq!(histogram(&[], 3), None);
        let far = histogram(&[-1.7e308, 1.7e308], 2).unwrap();
        assert!(far.contains(",0)\":1"), "{far}");
    }
}
