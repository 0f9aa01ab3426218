//! Reads just enough of an ELF executable to know for which processor it is and whether it is static.

use crate::manifest::Arch;

/// The program header that names the dynamic loader.
const PT_INTERP: u32 = 3;
const EM_X86_64: u16 = 62;
const EM_AARCH64: u16 = 183;

/// What keeps an executable from running on every release of `arch`, in words.
pub fn problem(file: &[u8], arch: Arch) -> Option<String> {
    let Some(headers) = Headers::read(file) else {
        return Some("is not a 64-bit little-endian ELF executable".to_owned());
    };
    let machine = match arch {
        Arch::Amd64 => EM_X86_64,
        Arch::Arm64 => EM_AARCH64,
    };
    if headers.machine != machine {
        return Some(format!(
            "is not for {} (ELF machine {})",
            arch.name(),
            headers.machine
        ));
    }
    headers
        .segments
        .contains(&PT_INTERP)
        .then(|| "is not static: it asks for a dynamic loader".to_owned())
}

struct Headers {
    machine: u16,
    segments: Vec<u32>,
}

impl Headers {
    /// Offsets are those of the ELF-64 file header: <https://refspecs.linuxfoundation.org/elf/gabi4+/ch4.eheader.html>.
    fn read(file: &[u8]) -> Option<Self> {
        const CLASS_64_LITTLE_ENDIAN: [u8; 2] = [2, 1];
        if !file.starts_with(b"\x7fELF") || file.get(4..6)? != CLASS_64_LITTLE_ENDIAN {
            return None;
        }
        let half = |at: usize| {
            Some(u16::from_le_bytes(
                file.get(at..at.checked_add(2)?)?.try_into().ok()?,
            ))
        };
        let word = |at: usize| {
            Some(u32::from_le_bytes(
                file.get(at..at.checked_add(4)?)?.try_into().ok()?,
            ))
        };
        let first = u64::from_le_bytes(file.get(32..40)?.try_into().ok()?);
        let (first, size, count) = (
            usize::try_from(first).ok()?,
            usize::from(half(54)?),
            usize::from(half(56)?),
        );
        let segments = (0..count)
            .map(|index| word(first.checked_add(index * size)?))
            .collect::<Option<_>>()?;
        Some(Self {
            machine: half(18)?,
            segments,
        })
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// The smallest file that says what it must about itself: two program headers, `PT_LOAD` and `second`.
    pub(crate) fn executable(machine: u16, second: u32) -> Vec<u8> {
        let mut file = vec![0; 64 + 2 * 56];
        file[..6].copy_from_slice(b"\x7fELF\x02\x01");
        file[18..20].copy_from_slice(&machine.to_le_bytes());
        file[32..40].copy_from_slice(&64_u64.to_le_bytes());
        file[54..56].copy_from_slice(&56_u16.to_le_bytes());
        file[56..58].copy_from_slice(&2_u16.to_le_bytes());
        file[64..68].copy_from_slice(&1_u32.to_le_bytes());
        file[120..124].copy_from_slice(&second.to_le_bytes());
        file
    }

    #[test]
    fn a_static_executable_is_good() {
        assert_eq!(problem(&executable(EM_AARCH64, 2), Arch::Arm64), None);
    }

    #[test]
    fn a_dynamic_executable_is_told() {
        let reason = "is not static: it asks for a dynamic loader";
        assert_eq!(
            problem(&executable(EM_X86_64, PT_INTERP), Arch::Amd64).unwrap(),
            reason
        );
    }

    #[test]
    fn this_test_is_dynamic() {
        let own = std::fs::read(std::env::current_exe().unwrap()).unwrap();
        let arch = if cfg!(target_arch = "aarch64") {
            Arch::Arm64
        } else {
            Arch::Amd64
        };
        assert!(problem(&own, arch).unwrap().starts_with("is not static"));
    }

    #[test]
    fn another_processor_is_told() {
        let reason = "is not for arm64 (ELF machine 62)";
        assert_eq!(
            problem(&executable(EM_X86_64, 2), Arch::Arm64).unwrap(),
            reason
        );
    }

    #[test]
    fn a_file_that_ends_early_is_no_executable() {
        let whole = executable(EM_X86_64, 2);
        let shorter = (0..124).filter(|&length| problem(&whole[..length], Arch::Amd64).is_none());
        assert_eq!(shorter.count(), 0);
    }
}
