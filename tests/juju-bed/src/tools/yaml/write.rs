//! Writing.

use crate::tools::data::Data;

/// Writes a document.
pub(in crate::tools) fn write(data: &Data) -> Vec<u8> {
    match data {
        Data::Map(map) if map.is_empty() => b"{}\n".to_vec(),
        Data::NoMap => b"{}\n".to_vec(),
        _ => b"YAML is not simulated\n".to_vec(),
    }
}
