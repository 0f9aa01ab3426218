//! Starts a simulated LXD and runs a command with it, or waits until its input ends.
//!
//! `LXD_URL` is where the server is; `LXD_CONF` is a folder as `lxc` keeps one, with the certificate and the key of an
//! administrator: `cargo run -p lxd-bed --example try_lxd -- lxc config trust list`.
#![allow(clippy::print_stdout, reason = "what it shows is what it is for")]

use std::{env, error::Error, fs, io, process::Command};

use lxd_bed::{Daemon, Options};

fn main() -> Result<(), Box<dyn Error>> {
    let lxd = Daemon::simulated(Options::named("node-1"));
    let (url, admin) = (lxd.endpoint(), lxd.admin());
    let folder = tempfile::tempdir()?;
    let conf = folder.path();
    fs::create_dir(conf.join("servercerts"))?;
    for (file, text) in [
        ("servercerts/bed.crt", &lxd.server_certificate_pem()),
        ("client.crt", &admin.certificate_pem),
        ("client.key", &admin.key_pem),
        (
            "config.yml",
            &format!("default-remote: bed\nremotes: {{bed: {{addr: '{url}', protocol: lxd}}}}\n"),
        ),
    ] {
        fs::write(conf.join(file), text)?;
    }
    let mut words = env::args_os().skip(1);
    let Some(program) = words.next() else {
        println!("LXD_URL={url}\nLXD_CONF={}", conf.display());
        io::copy(&mut io::stdin(), &mut io::sink())?;
        return Ok(());
    };
    let variables = [("LXD_URL", url.as_ref()), ("LXD_CONF", conf.as_os_str())];
    let ended = Command::new(program).args(words).envs(variables).status()?;
    match ended.success() {
        true => Ok(()),
        false => Err(ended.to_string().into()),
    }
}
