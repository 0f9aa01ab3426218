//! `GET /1.0` and the other reads that tell what a server is.

use lxd_bed::Profile;
use serde_json::{Value, json};

use crate::scope;
use crate::side::{CERTIFICATES, Side, assert_error, assert_sync, fields};

cases!("server":
    root_names_the_version,
    trusted_sees_the_common_fields,
    trusted_sees_the_environment,
    trusted_sees_the_configuration,
    extensions_tell_what_it_can_do,
    certificate_in_environment_is_the_one_presented,
    long_answers_come_in_chunks,
    target_is_unknown_when_alone,
    unknown_project_parameter_is_ignored,
    cluster_is_not_enabled,
    members_are_an_error_when_alone for since_4_0,
    there_is_a_default_project,
    there_are_no_identities for without_identities,
    strange_paths_are_not_found,
    strange_methods_are_not_implemented,
    a_broken_escape_is_a_bad_request,
);

fn root_names_the_version(side: &Side) {
    assert_sync(&side.admin().get("/").unwrap(), 200, &json!(["/1.0"]));
}

fn trusted_sees_the_common_fields(side: &Side) {
    let answer = side.admin().get("/1.0").unwrap();
    assert_eq!(answer.status, 200);
    let server = &answer.metadata;
    assert_eq!(server["auth"], "trusted");
    assert_eq!(server["auth_methods"][0], "tls");
    assert_eq!(server["api_version"], "1.0");
    assert_eq!(server["api_status"], "stable");
    assert_eq!(server["public"], false);
    let user = side.profile() >= Profile::Lxd5_21;
    let own = Value::from(side.daemon.admin().fingerprint.as_str());
    assert_eq!(server.get("auth_user_name"), user.then_some(&own));
    assert_eq!(
        server.get("auth_user_method"),
        user.then_some(&json!("tls"))
    );
    let certificate = scope::with_identities(side.profile()).then_some(&json!(true));
    assert_eq!(server.get("client_certificate"), certificate);
    assert!(answer.headers.contains_key("etag"));
}

fn trusted_sees_the_environment(side: &Side) {
    let answer = side.admin().get("/1.0").unwrap();
    let environment = &answer.metadata["environment"];
    let server = match side.profile().is_incus() {
        true => "incus",
        false => "lxd",
    };
    assert_eq!(environment["server"], server);
    assert_eq!(environment["server_version"], side.daemon.version());
    assert_eq!(environment["server_name"], side.daemon.name());
    assert_eq!(environment["server_clustered"], false);
    assert_eq!(environment["project"], "default");
    assert_eq!(
        environment["addresses"],
        json!([side.daemon.address().to_string()])
    );
    assert_eq!(fields(environment), ENVIRONMENT);
}

const ENVIRONMENT: &str = "\
    addresses architectures certificate certificate_fingerprint driver driver_version firewall \
    kernel kernel_architecture kernel_features kernel_version lxc_features os_name os_version \
    project server server_clustered server_event_mode server_name server_pid server_version \
    storage storage_supported_drivers storage_version";

fn trusted_sees_the_configuration(side: &Side) {
    let answer = side.admin().get("/1.0").unwrap();
    let address = side.daemon.address().to_string();
    assert_eq!(answer.metadata["config"]["core.https_address"], address);
}

fn extensions_tell_what_it_can_do(side: &Side) {
    let answer = side.admin().get("/1.0").unwrap();
    let extensions = answer.metadata["api_extensions"].as_array().unwrap();
    let has = |name: &str| extensions.iter().any(|extension| extension == name);
    let profile = side.profile();
    let count = scope::extensions(profile);
    assert!(count.is_none_or(|count| count == extensions.len()));
    let restricting = scope::since_5_0(profile);
    let identities = scope::with_identities(profile);
    for (name, there) in [
        ("certificate_update", true),
        ("clustering", true),
        ("certificate_project", restricting),
        ("certificate_self_renewal", restricting),
        ("metrics", restricting),
        ("auth_user", profile >= Profile::Lxd5_21),
        ("access_management", identities),
        ("access_management_tls", identities),
        ("client_cert_presence", identities),
        ("certificate_description", profile.is_incus()),
    ] {
        assert_eq!(has(name), there, "{name}");
    }
}

fn certificate_in_environment_is_the_one_presented(side: &Side) {
    // The client believes only that certificate, so it is the one presented.
    let answer = side.admin().get("/1.0").unwrap();
    let environment = &answer.metadata["environment"];
    let pem = side.daemon.server_certificate_pem();
    assert_eq!(environment["certificate"], pem.as_str());
    let read = lxd_bed::certificates::Credential::from_pem(&pem, "");
    assert_eq!(environment["certificate_fingerprint"], read.fingerprint);
}

fn long_answers_come_in_chunks(side: &Side) {
    let mut admin = side.admin();
    let long = admin.get("/1.0").unwrap();
    assert_eq!(long.headers["transfer-encoding"], "chunked");
    let short = admin.get("/").unwrap();
    assert_eq!(
        short.headers["content-length"],
        short.body.len().to_string()
    );
}

fn target_is_unknown_when_alone(side: &Side) {
    let answer = side.admin().get("/1.0?target=other").unwrap();
    assert_error(&answer, 404, "Cluster member not found");
}

fn unknown_project_parameter_is_ignored(side: &Side) {
    let path = format!("{CERTIFICATES}?project=unknown");
    assert_eq!(side.admin().get(&path).unwrap().status, 200);
}

fn cluster_is_not_enabled(side: &Side) {
    let answer = side.admin().get("/1.0/cluster").unwrap();
    let alone = json!({"server_name": "", "enabled": false, "member_config": []});
    assert_sync(&answer, 200, &alone);
}

fn members_are_an_error_when_alone(side: &Side) {
    for path in ["/1.0/cluster/members", "/1.0/cluster/members?recursion=1"] {
        let answer = side.admin().get(path).unwrap();
        assert_error(&answer, 500, "Server is not clustered");
    }
}

fn there_is_a_default_project(side: &Side) {
    let answer = side.admin().get("/1.0/projects").unwrap();
    let projects = answer.metadata.as_array().unwrap();
    assert!(projects.contains(&Value::from("/1.0/projects/default")));
    let missing = side.admin().get("/1.0/projects/unknown").unwrap();
    assert_error(&missing, 404, "Project not found");
}

fn there_are_no_identities(side: &Side) {
    let answer = side.admin().get("/1.0/auth/identities/current").unwrap();
    assert_error(&answer, 404, "not found");
}

fn strange_paths_are_not_found(side: &Side) {
    let mut admin = side.admin();
    for path in [
        "/x",
        "/2.0",
        "/1.0/x",
        "/1.0/",
        "//1.0",
        "/1.0/certificates/",
        "/1.0/certificates/a/b",
    ] {
        assert_error(&admin.get(path).unwrap(), 404, "not found");
    }
}

fn strange_methods_are_not_implemented(side: &Side) {
    let mut admin = side.admin();
    for (method, path) in [
        ("POST", "/1.0"),
        ("PUT", CERTIFICATES),
        ("DELETE", CERTIFICATES),
        ("POST", "/1.0/certificates/a"),
        ("DELETE", "/1.0/cluster/members"),
    ] {
        let answer = admin.send(method, path, &[], b"{}").unwrap();
        assert_error(&answer, 501, "not implemented");
    }
    assert_eq!(admin.send("HEAD", "/1.0", &[], b"").unwrap().status, 501);
}

fn a_broken_escape_is_a_bad_request(side: &Side) {
    let answer = side.admin().get("/1.0/certificates/%").unwrap();
    assert_eq!((answer.status, answer.json), (400, Value::Null));
    assert_eq!(answer.headers["connection"], "close");
}
