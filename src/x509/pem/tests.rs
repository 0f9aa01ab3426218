use super::*;

/// A certificate's outline is enough here.
const BODY: &str = "MAowCDAGBgQqAwQF";

fn block(label: &str) -> String {
    format!("-----BEGIN {label}-----\n{BODY}\n-----END {label}-----\n")
}

fn read(text: &str) -> Vec<Result<usize, PemError>> {
    let blocks = certificates(text).into_iter();
    blocks.map(|block| block.map(|der| der.len())).collect()
}

#[test]
fn every_spelling_of_a_block_is_the_block() {
    let plain = block("CERTIFICATE");
    for text in [
        plain.clone(),
        plain.trim_end().to_owned(),
        plain.replace('\n', "\r\n"),
        plain.replace('\n', "\r"),
        plain.replace('\n', " "),
        plain.replace('\n', ""),
        plain.replace('\n', "\\n"),
        plain.replace('\n', "\\\\r\\\\n"),
        plain.replace('\n', "\n\t  "),
        plain.replace("-----", "\u{2014}\u{2013}-"),
        format!("\u{feff}{plain}"),
        format!("cert: {plain} -- the end --"),
        format!("{}{plain}", block("EC PARAMETERS")),
        block("X509 CERTIFICATE"),
        block("TRUSTED CERTIFICATE").replace(BODY, "MAowCDAGBgQqAwQFMAA="),
    ] {
        assert_eq!(read(&text), [Ok(12)], "{text}");
        assert_eq!(read(&format!("{text}{text}")), [Ok(12), Ok(12)], "{text}");
    }
}

#[test]
fn what_cannot_be_read_is_told_and_takes_nothing_along() {
    let good = block("CERTIFICATE");
    let begin = "-----BEGIN CERTIFICATE-----";
    for (bad, why) in [
        (begin.to_owned(), PemError::CutOff),
        (format!("{begin}\n{BODY}\n"), PemError::CutOff),
        ("-----BEGIN ".to_owned(), PemError::CutOff),
        ("-----BEGIN DH PARAMETERS-----".to_owned(), PemError::CutOff),
        ("-----END CERTIFICATE-----\n".to_owned(), PemError::NoBegin),
        (good.replace("END ", "END X"), PemError::OtherEnd),
        (good.replace(BODY, "MA*w"), PemError::NotBase64),
        (block("CERTIFCATE"), PemError::OtherKind),
        (block("PKCS7"), PemError::OtherKind),
    ] {
        assert_eq!(read(&format!("{bad}{good}")), [Err(why), Ok(12)], "{bad}");
        if why != PemError::CutOff {
            assert_eq!(read(&format!("{good}{bad}")), [Ok(12), Err(why)], "{bad}");
        }
    }
    assert_eq!(
        read(&format!("{good}{begin}")),
        [Ok(12), Err(PemError::CutOff)]
    );
    for beside in [
        "PUBLIC KEY",
        "X509 CRL",
        "CERTIFICATE REQUEST",
        "PRIVATE KEY",
    ] {
        assert_eq!(read(&block(beside)), [], "{beside}");
    }
}

#[test]
fn a_key_that_nobody_could_open_is_named() {
    let why = |text: &str| private_keys(text).into_iter().find_map(Result::err);
    let header = "Proc-Type: 4,ENCRYPTED\nDEK-Info: AES-256-CBC,00\n\n";
    let with_header = block("RSA PRIVATE KEY").replace(BODY, &format!("{header}{BODY}"));
    for (text, error) in [
        (block("ENCRYPTED PRIVATE KEY"), PemError::Encrypted),
        (with_header, PemError::Encrypted),
        (block("OPENSSH PRIVATE KEY"), PemError::OpenSsh),
        (block("PRIVATE KEY"), PemError::NotAKey),
    ] {
        assert_eq!(why(&text), Some(error), "{text}");
    }
    assert!(private_keys(&block("CERTIFICATE")).is_empty());
}

#[test]
fn private_keys_are_seen_in_any_form() {
    let key = "MEECAQAwEwYHKoZIzj0CAQYIKoZIzj0DAQcEJzAlAgEBBCB00NU+GIt9pMZA+zmy";
    let sec1 = "MHcCAQEEIHTQ1T4Yi32kxkD7ObI8JFQNxfPltFkbQrWSuBSsWxr1oAoGCCqGSM49";
    let rsa = "MIIEpAIBAAKCAQEAxKiVUO6xBF3r7G4buv3NRHvktZBm3msWarf60HsOwWvtzeBo";
    let wrapped = BASE64.encode(block("PRIVATE KEY"));
    for text in [
        block("PRIVATE  KEY"),
        block("PGP PRIVATE KEY BLOCK"),
        block("OPENSSH PRIVATE KEY"),
        "-----BEGIN RSA PRIVATE KEY".to_owned(),
        "---- BEGIN SSH2 ENCRYPTED PRIVATE KEY ----".to_owned(),
        "-----begin private key-----".to_owned(),
        "-----BEGIN PRI\u{200b}VATE KEY-----".to_owned(),
        "BEGIN_EC_PRIVATE_KEY".to_owned(),
        format!("the key: {key}"),
        format!("first\n{}", sec1.replace("kxk", "k\n xk")),
        rsa.to_owned(),
        format!("x\\n{key}"),
        block("CERTIFICATE").replace(BODY, key),
        "30 41 02 01 00 30 13 06 07 2a 86 48 ce 3d 02 01 06 08 2a 86 48 ce".to_owned(),
        format!("see {wrapped}"),
        BASE64.encode(&wrapped),
        "PuTTY-User-Key-File-3: ssh-ed25519".to_owned(),
    ] {
        assert!(holds_private_key(&text), "{text}");
    }
    for text in [
        block("CERTIFICATE"),
        block("PUBLIC KEY"),
        block("EC PARAMETERS"),
        "begin with your private key elsewhere, MIIB and 30".to_owned(),
        BASE64.encode(block("CERTIFICATE")),
        // Explicit parameters of a curve.
        "MIH3AgEBMCwGByqGSM49AQECIQD/////AAAAAQAAAAAAAAAAAAAAAP//////////".to_owned(),
    ] {
        assert!(!holds_private_key(&text), "{text}");
    }
}
