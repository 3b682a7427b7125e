//! Accounts and regions as users type them. What has another form is in no key, and would leave out all there is.
//!
//! Not responsible for the region of a bucket: an S3 that is not of AWS may call it anything.

use eksamine_ingest::{is_account, is_region};

/// The id of an account: twelve digits, also as the AWS console prints them, `1111-2222-3333`.
pub fn parse_account(text: &str) -> Result<String, String> {
    let grouped = text.split('-').map(str::len).eq([4; 3]);
    let digits = if grouped { text.replace('-', "") } else { text.to_owned() };
    if is_account(&digits) {
        return Ok(digits);
    }
    Err("expected the twelve digits of an account, like `111122223333` or `1111-2222-3333`".to_owned())
}

/// The code of a region: words and a number.
pub fn parse_region(text: &str) -> Result<String, String> {
    if is_region(text) {
        return Ok(text.to_owned());
    }
    Err("expected the code of a region, like `us-east-1`".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_account_has_twelve_digits() {
        assert_eq!(parse_account("111122223333"), Ok("111122223333".to_owned()));
        assert_eq!(parse_account("1111-2222-3333"), Ok("111122223333".to_owned()));
        for wrong in ["", "abc", "11112222333", "1111222233334", "11112222333x", "111-12222-3333", "--111122223333"] {
            assert!(parse_account(wrong).is_err(), "{wrong}");
        }
        for wrong in
            ["1111-2222-333x", "1111-2222-3333-", "1111 2222 3333", "arn:aws:iam::111122223333:root", "٣٣٣٣-٣٣٣٣-٣٣٣٣"]
        {
            assert!(parse_account(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_region_is_words_and_a_number() {
        for region in ["us-east-1", "ap-southeast-2", "us-gov-west-1", "us-isob-east-1", "mx-central-1"] {
            assert_eq!(parse_region(region), Ok(region.to_owned()));
        }
        for wrong in ["", "us-east", "us-east-1a", "US-EAST-1", "us_east_1", "us-east-1 ", "useast1", "Ohio", "all"] {
            assert!(parse_region(wrong).is_err(), "{wrong}");
        }
    }
}
