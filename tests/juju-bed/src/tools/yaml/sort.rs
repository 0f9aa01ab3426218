//! The order of keys in YAML: as people read them, numbers in them by their value.

use std::cmp::Ordering;

/// Compares two keys.
pub(super) fn compare(a: &str, b: &str) -> Ordering {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    let Some(at) = a.iter().zip(&b).position(|(x, y)| x != y) else {
        return a.len().cmp(&b.len());
    };
    match (a[at].is_alphabetic(), b[at].is_alphabetic()) {
        (true, true) => a[at].cmp(&b[at]),
        (true, false) => Ordering::Greater,
        (false, true) => Ordering::Less,
        (false, false) => {
            // A zero within a number counts as the digits before it do.
            let zero = a[at] == '0' || b[at] == '0';
            let before = a[..at].iter().rev().take_while(|c| c.is_ascii_digit());
            let start = i64::from(zero && before.into_iter().any(|c| *c != '0'));
            let (x, y) = (number(&a[at..], start), number(&b[at..], start));
            x.cmp(&y).then(a[at].cmp(&b[at]))
        }
    }
}

/// The value of the digits and their count.
fn number(chars: &[char], start: i64) -> (i64, usize) {
    let digits = chars.iter().map_while(|c| c.to_digit(10));
    digits.fold((start, 0), |(value, count), digit| {
        (
            value.wrapping_mul(10).wrapping_add(i64::from(digit)),
            count + 1,
        )
    })
}
