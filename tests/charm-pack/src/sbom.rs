//! The bill of materials, in two forms: `CycloneDX` beside the archive, and the list inside the executable that tools
//! look for there.
//!
//! Neither holds a time, a serial number or a path: the same executable has the same bill.

use std::io::Write;

use flate2::Compression;
use flate2::write::ZlibEncoder;
use serde_json::{Value, json};

use crate::linked::{Id, Linked, Package};

/// The section of an executable in which `cargo auditable` puts the list.
pub const SECTION: &str = ".dep-v0";

/// Something linked in that is no package of Cargo's.
#[derive(Debug, Clone)]
pub struct Library {
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: String,
}

impl Library {
    /// Those that the charm is linked with, and their licences.
    const LICENSES: [(&'static str, &'static str); 2] = [
        ("glibc", "LGPL-2.1-or-later"),
        ("rust", "MIT OR Apache-2.0"),
    ];

    /// Reads `name=version`.
    pub fn parse(text: &str) -> Result<Self, String> {
        let (name, version) = text.split_once('=').unwrap_or((text, ""));
        let known = Self::LICENSES.iter().any(|(known, _)| *known == name);
        if !known || version.is_empty() {
            return Err(format!("{text:?} is not glibc=VERSION or rust=VERSION"));
        }
        Ok(Self {
            name: name.to_owned(),
            version: version.to_owned(),
        })
    }

    fn component(&self) -> Value {
        let license = Self::LICENSES.iter().find(|(name, _)| *name == self.name);
        json!({
            "type": "library",
            "bom-ref": self.reference(),
            "name": self.name,
            "version": self.version,
            "licenses": license.map(|(_, license)| json!({"expression": license})).as_slice(),
            "purl": self.reference(),
        })
    }

    fn reference(&self) -> String {
        format!("pkg:generic/{}@{}", self.name, self.version)
    }
}

/// The bill of an archive whose SHA-256 is `archive`: <https://cyclonedx.org/docs/1.6/json/>.
pub fn cyclonedx(linked: &Linked, libraries: &[Library], archive: &str) -> Value {
    let mut charm = component("application", &linked.root, &linked.packages[&linked.root]);
    charm["hashes"] = json!([{"alg": "SHA-256", "content": archive}]);
    let others = linked.packages.iter().filter(|(id, _)| **id != linked.root);
    let others = others.map(|(id, package)| component("library", id, package));
    let components: Vec<Value> = others
        .chain(libraries.iter().map(Library::component))
        .collect();
    let own = linked.packages.iter().map(|(id, package)| {
        let mut needs: Vec<String> = package.needs.iter().map(reference).collect();
        if *id == linked.root {
            needs.extend(libraries.iter().map(Library::reference));
        }
        json!({"ref": reference(id), "dependsOn": needs})
    });
    let leaves = libraries
        .iter()
        .map(|library| json!({"ref": library.reference(), "dependsOn": []}));
    json!({
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {"component": charm},
        "components": components,
        "dependencies": own.chain(leaves).collect::<Vec<Value>>(),
    })
}

fn component(kind: &str, id: &Id, package: &Package) -> Value {
    let hashes = package.checksum.iter();
    let hashes: Vec<Value> = hashes
        .map(|checksum| json!({"alg": "SHA-256", "content": checksum}))
        .collect();
    json!({
        "type": kind,
        "bom-ref": reference(id),
        "name": id.0,
        "version": id.1,
        "hashes": hashes,
        "licenses": [{"expression": package.license}],
        "purl": reference(id),
    })
}

/// The package URL; the version may hold a `+`, which is written as `%2B` there.
fn reference((name, version): &Id) -> String {
    format!("pkg:cargo/{name}@{}", version.replace('+', "%2B"))
}

/// The list for [`SECTION`], compressed:
/// <https://github.com/rust-secure-code/cargo-auditable/blob/master/PARSING.md>.
pub fn auditable(linked: &Linked) -> Vec<u8> {
    let place = |wanted: &Id| linked.packages.keys().position(|id| id == wanted);
    let packages = linked.packages.iter().map(|(id, package)| {
        let source = if package.checksum.is_some() {
            "crates.io"
        } else {
            "local"
        };
        let needs: Vec<usize> = package.needs.iter().filter_map(place).collect();
        let mut entry = json!({"name": id.0, "version": id.1, "source": source});
        if !needs.is_empty() {
            entry["dependencies"] = json!(needs);
        }
        if *id == linked.root {
            entry["root"] = json!(true);
        }
        entry
    });
    let text = json!({"packages": packages.collect::<Vec<Value>>()}).to_string();
    let mut zlib = ZlibEncoder::new(Vec::new(), Compression::best());
    zlib.write_all(text.as_bytes())
        .and_then(|()| zlib.finish())
        .expect("a vector takes whatever is written to it")
}
