//! What differs from one lab to another.

use serde_json::{Value, json};

use crate::context::Version;

/// What differs from one lab to another.
#[derive(Clone, Debug)]
pub struct Lab {
    /// What follows the tools on `PATH`.
    pub path: String,
    /// `JUJU_API_ADDRESSES`
    pub api_addresses: String,
    /// `JUJU_AVAILABILITY_ZONE`
    pub availability_zone: String,
    /// `JUJU_CHARM_NO_PROXY`
    pub no_proxy: String,
    /// The first three numbers of every machine's address.
    pub network: String,
    /// The network that `network-get` names.
    pub cidr: String,
    /// The machines' interface.
    pub interface: String,
    /// Its hardware address.
    pub mac: String,
}

impl Default for Lab {
    fn default() -> Self {
        Self {
            path: "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin".into(),
            api_addresses: "10.99.0.2:17070".into(),
            availability_zone: String::new(),
            no_proxy: "127.0.0.1,localhost,::1".into(),
            network: "10.99.0".into(),
            cidr: "10.99.0.0/24".into(),
            interface: "eth0".into(),
            mac: "00:16:3e:00:00:01".into(),
        }
    }
}

impl Lab {
    /// What `network-get` says of a machine with this address.
    pub(super) fn network_info(&self, address: &str, version: Version) -> Value {
        let hostname = if version >= Version::V4_0 {
            address
        } else {
            ""
        };
        json!({
            "bind-addresses": [{
                "mac-address": self.mac,
                "interface-name": self.interface,
                "addresses": [{ "hostname": hostname, "value": address, "cidr": self.cidr }],
            }],
            "egress-subnets": [format!("{address}/32")],
            "ingress-addresses": [address],
        })
    }
}
