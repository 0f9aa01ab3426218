//! Deploys a charm on a simulated Juju, relates it, and shows every hook with what it asked and heard.
//!
//! `cargo run -p juju-bed --example try_charm` takes the charm in `greeter`; behind `--`, the folder or archive of any
//! other and the name of an endpoint of it.
#![allow(clippy::print_stdout, reason = "what it shows is what it is for")]

use std::{env, error::Error};

use juju_bed::{context::Version, model::Model};

fn main() -> Result<(), Box<dyn Error>> {
    let ours = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/greeter").to_owned();
    let mut words = env::args().skip(1);
    let charm = words.next().unwrap_or(ours);
    let endpoint = format!("charm:{}", words.next().unwrap_or_else(|| "api".into()));

    let mut model = Model::new(Version::V4_0)?;
    model.deploy(charm, "charm")?;
    model.settle()?;
    // The other side is played: a unit whose databag is written here.
    model.remote("friend", 1)?;
    let relation = model.integrate(&endpoint, "friend:it")?;
    model.write(relation, "friend/0", &[("name", "Ada")])?;
    model.settle()?;

    for hook in model.journal() {
        println!("{} {}: {:?}", hook.unit, hook.name, hook.ran.end);
        for call in &hook.ran.calls {
            let heard = String::from_utf8_lossy(&call.stdout);
            println!("    {} -> {}", call.argv.join(" "), heard.trim_end());
        }
    }
    println!("databag: {:?}", model.databag(relation, "charm/0"));
    println!("status: {:?}", model.status("charm/0"));
    Ok(())
}
