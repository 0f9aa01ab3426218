//! Keeps the static binary away from the host's name service libraries.
//!
//! A static glibc resolves names from `/etc/hosts` and DNS by itself. For any other service in the `hosts:` line of
//! `/etc/nsswitch.conf` (`resolve`, `myhostname`, `mdns4_minimal`, …) it loads a library of the host, and with it the
//! host's own libc, which crashes the process (SIGFPE) where that is another version than ours.

/// Resolves host names by `/etc/hosts` and DNS alone. To be called before any thread exists.
pub fn use_files_and_dns() {
    #[cfg(all(target_env = "gnu", target_feature = "crt-static"))]
    // SAFETY: both texts are NUL-terminated and static, and no other thread exists that could resolve a name.
    #[allow(unsafe_code)]
    unsafe {
        __nss_configure_lookup(c"hosts".as_ptr(), c"files dns".as_ptr());
    }
}

#[cfg(all(target_env = "gnu", target_feature = "crt-static"))]
#[allow(unsafe_code)]
unsafe extern "C" {
    /// Declared in glibc's `nss.h`.
    fn __nss_configure_lookup(
        database: *const std::ffi::c_char,
        services: *const std::ffi::c_char,
    ) -> std::ffi::c_int;
}
