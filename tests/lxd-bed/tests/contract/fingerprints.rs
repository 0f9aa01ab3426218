//! How a fingerprint in a path is matched: as a pattern.

use lxd_bed::Profile;
use lxd_bed::certificates::make;

use crate::side::{CERTIFICATES, Side, assert_error};

cases!("fingerprints":
    unknown_one_is_not_found,
    longer_one_is_not_found,
    prefix_matches,
    upper_case_matches,
    wildcards_match,
    ambiguous_one_is_an_error for since_4_0,
    prefix_deletes,
);

fn unknown_one_is_not_found(side: &Side) {
    for unknown in ["zz", &"0".repeat(64)] {
        let answer = side
            .admin()
            .get(&format!("{CERTIFICATES}/{unknown}"))
            .unwrap();
        assert_error(&answer, 404, "Certificate not found");
    }
}

fn longer_one_is_not_found(side: &Side) {
    let answer = side
        .admin()
        .get(&(side.daemon.admin().path() + "0"))
        .unwrap();
    assert_error(&answer, 404, "Certificate not found");
}

/// Asserts that the pattern names the administrator's own entry.
#[track_caller]
fn assert_names_admin(side: &Side, pattern: &str) {
    let answer = side
        .admin()
        .get(&format!("{CERTIFICATES}/{pattern}"))
        .unwrap();
    let fingerprint = side.daemon.admin().fingerprint.as_str();
    assert_eq!(answer.metadata["fingerprint"], fingerprint, "{pattern}");
}

fn prefix_matches(side: &Side) {
    assert_names_admin(side, &side.daemon.admin().fingerprint[..20]);
}

fn upper_case_matches(side: &Side) {
    assert_names_admin(side, &side.daemon.admin().fingerprint.to_uppercase());
}

fn wildcards_match(side: &Side) {
    let fingerprint = &side.daemon.admin().fingerprint;
    assert_names_admin(side, &format!("%25{}", &fingerprint[3..30]));
    assert_names_admin(side, &format!("____{}", &fingerprint[4..30]));
    assert_names_admin(side, &format!("{}%25", &fingerprint[..30]));
}

fn ambiguous_one_is_an_error(side: &Side) {
    side.daemon
        .trust(&make("one more").certificate_pem, "one more");
    let status = match side.profile() {
        Profile::Lxd6 => 400,
        _ => 500,
    };
    for pattern in ["%25", &"_".repeat(64)] {
        let path = format!("{CERTIFICATES}/{pattern}");
        for answer in [side.admin().get(&path), side.admin().delete(&path)] {
            assert_error(
                &answer.unwrap(),
                status,
                "More than one certificate matches",
            );
        }
    }
}

fn prefix_deletes(side: &Side) {
    let new = side.trusted("new");
    let path = format!("{CERTIFICATES}/{}", &new.fingerprint[..20]);
    assert_eq!(side.admin().delete(&path).unwrap().status, 200);
    assert!(!side.holds(&new));
}
