//! The charm as Juju runs it: the static binary, through its symlinks, in a simulated model, against the simulated LXD
//! and, where there is one, a real LXD.

/// Tests that run on the simulation, and once more on a real LXD where there is one.
macro_rules! on_both {
    ($($name:ident)*) => {
        mod simulated {
            $(#[test] fn $name() { super::$name(lab::simulated()); })*
        }
        mod real {
            $(#[test] fn $name() { lab::real().into_iter().for_each(super::$name); })*
        }
    };
}

/// Tests that start one of these servers themselves, each with a test of its own.
macro_rules! starting {
    ($($test:ident: $($server:ident)*;)*) => {
        $(mod $test {
            $(#[test] fn $server() { super::$test(lab::servers::$server); })*
        })*
    };
}

/// Tests that need one of these servers.
macro_rules! on_servers {
    ($($test:ident: $($server:ident)*;)*) => {
        $(mod $test {
            $(#[test] fn $server() {
                let lxd = lab::servers::$server(lxd_bed::Options::named("node-1"));
                lxd.into_iter().for_each(super::$test);
            })*
        })*
    };
}

mod actions;
mod clusters;
mod cost;
mod ending;
mod enrolment;
mod everywhere;
mod forced;
mod identity;
mod inputs;
mod leaving;
mod lifecycle;
mod names;
mod neighbours;
mod ownership;
mod projects;
mod requests;
mod rights;
mod secrets;
mod server_certificates;
mod statuses;
mod trouble;
mod upgrade;
