//! Reads just enough of an ELF executable to know for which processor it is and whether it is static.

use crate::manifest::Arch;

/// The program header that names the dynamic loader.
const PT_INTERP: u32 = 3;

/// How an executable for `arch` names it: `EI_DATA`, the order of bytes, and `e_machine`.
fn machine(arch: Arch) -> (Order, u16) {
    match arch {
        Arch::Amd64 => (Order::Little, 62),
        Arch::Arm64 => (Order::Little, 183),
        Arch::Ppc64el => (Order::Little, 21),
        Arch::Riscv64 => (Order::Little, 243),
        Arch::S390x => (Order::Big, 22),
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Order {
    Little,
    Big,
}

/// What keeps an executable from running on every release of `arch`, in words.
pub fn problem(file: &[u8], arch: Arch) -> Option<String> {
    let Some(headers) = Headers::read(file) else {
        return Some("is not a 64-bit ELF executable".to_owned());
    };
    if (headers.order, headers.machine) != machine(arch) {
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
    order: Order,
    machine: u16,
    segments: Vec<u32>,
}

impl Headers {
    /// Offsets are those of the ELF-64 file header: <https://refspecs.linuxfoundation.org/elf/gabi4+/ch4.eheader.html>.
    fn read(file: &[u8]) -> Option<Self> {
        let order = match file.get(..6)? {
            b"\x7fELF\x02\x01" => Order::Little,
            b"\x7fELF\x02\x02" => Order::Big,
            _ => return None,
        };
        let number = |at: usize, length: usize| {
            let bytes = file.get(at..at.checked_add(length)?)?;
            let add = |number: u64, byte: &u8| (number << 8) | u64::from(*byte);
            Some(match order {
                Order::Little => bytes.iter().rev().fold(0, add),
                Order::Big => bytes.iter().fold(0, add),
            })
        };
        let place = |at, length| usize::try_from(number(at, length)?).ok();
        let (first, size, count) = (place(32, 8)?, place(54, 2)?, place(56, 2)?);
        let segments = (0..count)
            .map(|index| u32::try_from(number(first.checked_add(index * size)?, 4)?).ok())
            .collect::<Option<_>>()?;
        Some(Self {
            order,
            machine: u16::try_from(number(18, 2)?).ok()?,
            segments,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PT_LOAD: u32 = 1;

    /// The smallest file that says what it must about itself: two program headers, `PT_LOAD` and `second`.
    fn executable(arch: Arch, second: u32) -> Vec<u8> {
        let (order, machine) = machine(arch);
        let mut file = vec![0; 64 + 2 * 56];
        file[..5].copy_from_slice(b"\x7fELF\x02");
        file[5] = if order == Order::Little { 1 } else { 2 };
        let mut put = |at: usize, length: usize, number: u64| {
            let bytes = number.to_le_bytes();
            let bytes = bytes[..length].iter();
            let bytes: Vec<u8> = match order {
                Order::Little => bytes.copied().collect(),
                Order::Big => bytes.rev().copied().collect(),
            };
            file[at..at + length].copy_from_slice(&bytes);
        };
        put(18, 2, machine.into());
        put(32, 8, 64);
        put(54, 2, 56);
        put(56, 2, 2);
        put(64, 4, PT_LOAD.into());
        put(120, 4, second.into());
        file
    }

    #[test]
    fn static_executables_are_good_where_they_belong() {
        for arch in Arch::ALL {
            let file = executable(arch, PT_LOAD);
            let good = Arch::ALL.map(|other| problem(&file, other).is_none());
            assert_eq!(good, Arch::ALL.map(|other| other == arch), "{arch:?}");
        }
    }

    #[test]
    fn a_dynamic_executable_is_told() {
        let reason = "is not static: it asks for a dynamic loader";
        for arch in Arch::ALL {
            let file = executable(arch, PT_INTERP);
            assert_eq!(problem(&file, arch).unwrap(), reason);
        }
    }

    #[test]
    fn this_test_is_dynamic() {
        let own = std::fs::read(std::env::current_exe().unwrap()).unwrap();
        let is_static = |arch| problem(&own, arch).unwrap().starts_with("is not static");
        assert_eq!(
            Arch::ALL
                .into_iter()
                .filter(|arch| is_static(*arch))
                .count(),
            1
        );
    }

    #[test]
    fn another_processor_is_told() {
        let reason = "is not for s390x (ELF machine 62)";
        let file = executable(Arch::Amd64, PT_LOAD);
        assert_eq!(problem(&file, Arch::S390x).unwrap(), reason);
    }

    #[test]
    fn a_file_that_ends_early_is_no_executable() {
        let whole = executable(Arch::Amd64, PT_LOAD);
        let shorter = (0..124).filter(|&length| problem(&whole[..length], Arch::Amd64).is_none());
        assert_eq!(shorter.count(), 0);
    }
}
