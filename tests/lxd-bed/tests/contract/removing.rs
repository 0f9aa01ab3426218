//! DELETE /1.0/certificates/FINGERPRINT.

use std::thread;

use lxd_bed::certificates::make;
use serde_json::json;

use crate::side::{CERTIFICATES, Side, assert_error, assert_sync};

cases!("removing":
    is_done_with_200,
    ends_trust_at_once,
    twice_is_not_found,
    at_once_is_done_once,
    ignores_if_match,
    own_certificate_is_allowed,
    and_adding_again,
);

fn is_done_with_200(side: &Side) {
    let old = side.trusted("old");
    assert_sync(&side.delete(&old), 200, &json!({}));
    assert!(!side.holds(&old));
}

fn ends_trust_at_once(side: &Side) {
    let old = side.trusted("old");
    let mut client = side.client(&old);
    assert_eq!(client.get(CERTIFICATES).unwrap().status, 200);
    side.delete(&old);
    assert_eq!(client.get(CERTIFICATES).unwrap().status, 403);
}

fn twice_is_not_found(side: &Side) {
    let old = side.trusted("old");
    let mut admin = side.admin();
    assert_eq!(admin.delete(&old.path()).unwrap().status, 200);
    let again = admin.delete(&old.path()).unwrap();
    assert_error(&again, 404, "Certificate not found");
}

fn at_once_is_done_once(side: &Side) {
    let old = side.trusted("old");
    let delete = || side.delete(&old).status;
    let mut statuses: Vec<u16> = thread::scope(|scope| {
        let deletes: Vec<_> = (0..3).map(|_| scope.spawn(delete)).collect();
        deletes.into_iter().map(|one| one.join().unwrap()).collect()
    });
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 404, 404]);
}

fn ignores_if_match(side: &Side) {
    let old = side.trusted("old");
    let wrong = [("If-Match", "\"wrong\"")];
    let answer = side
        .admin()
        .send("DELETE", &old.path(), &wrong, b"")
        .unwrap();
    assert_eq!(answer.status, 200);
}

fn own_certificate_is_allowed(side: &Side) {
    let own = side.trusted("own");
    let mut client = side.client(&own);
    assert_eq!(client.delete(&own.path()).unwrap().status, 200);
    // On the very same connection.
    let answer = client.get(CERTIFICATES).unwrap();
    assert_error(&answer, 403, side.forbidden());
    assert_eq!(client.auth().unwrap(), "untrusted");
}

fn and_adding_again(side: &Side) {
    let old = make("old");
    for _ in 0..2 {
        assert_eq!(side.add(&old, "again").status, 201);
        assert_eq!(side.auth(&old), "trusted");
        assert_eq!(side.delete(&old).status, 200);
        assert_eq!(side.auth(&old), "untrusted");
    }
}
