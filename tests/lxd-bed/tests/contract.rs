//! thin
use lxd_bed::{Daemon, Options};
#[test]
fn thin() {
    let t = std::time::Instant::now();
    let daemon = Daemon::real(Options::named("node")).unwrap();
    println!("{:?}", t.elapsed());
    let a = daemon.client(Some(daemon.admin())).get("/1.0").unwrap();
    assert_eq!(a.metadata["auth"], "trusted");
    assert_eq!(a.metadata["environment"]["server_name"], "node");
    println!("{}", daemon.trust_list().len());
    daemon.stop();
    daemon.start();
    let a = daemon.client(Some(daemon.admin())).get("/1.0").unwrap();
    assert_eq!(a.metadata["auth"], "trusted");
    println!("{:?}", t.elapsed());
    println!("{:?} {:?}", lxd_bed::took_part(), lxd_bed::not_there());
}

#[test]
fn thin_simulated() {
    let daemon = Daemon::simulated(Options::named("node"));
    let a = daemon.client(Some(daemon.admin())).get("/1.0").unwrap();
    assert_eq!(a.metadata["auth"], "trusted");
    assert_eq!(a.metadata["environment"]["server_name"], "node");
    daemon.stop();
    daemon.start();
    let a = daemon.client(Some(daemon.admin())).get("/1.0").unwrap();
    assert_eq!(a.metadata["auth"], "trusted");
}
