//! The certificates that the configuration names: for the API, and for signing profiles.

use std::sync::Arc;

use super::error::StartError;
use crate::config::Config;
use crate::mail_setup::profile_signature::{ProfileSigner, SignatureError};
use crate::net::tls::{Certificates, Files, HalfNamed};

/// What is named for the API; nothing where nothing is.
pub fn certificates(config: &Config) -> Result<Option<Arc<Certificates>>, StartError> {
    let server = &config.server;
    let files = Files::named(server.tls_certificate.clone(), server.tls_key.clone());
    let files = files.map_err(|HalfNamed| StartError::HalfTls)?;
    Ok(files.map(Certificates::load).transpose()?.map(Arc::new))
}

/// What is named for signing profiles for Apple's devices; nothing where nothing is.
pub(super) fn profile_certificates(config: &Config) -> Result<Option<Arc<Certificates>>, StartError> {
    let mail = &config.mail;
    let files = Files::named(mail.profile_certificate.clone(), mail.profile_key.clone());
    let files =
        files.map_err(|HalfNamed| wrong(&"set profile_certificate and profile_key both, or neither"))?;
    Ok(files.map(Certificates::load).transpose().map_err(|why| wrong(&why))?.map(Arc::new))
}

/// What signs profiles: the certificate that is named for it; else that of the server, if devices verify what its key
/// signs; else nothing.
pub(super) fn profile_signer(
    named: Option<&Arc<Certificates>>,
    server: Option<&Arc<Certificates>>,
) -> Result<Option<Arc<ProfileSigner>>, StartError> {
    if let Some(named) = named {
        let signer = signing_with(named);
        let unusable = |why| wrong(&format!("profile_certificate cannot be used: {why}"));
        return signer.map(Some).map_err(unusable);
    }

    match server.map(signing_with).transpose() {
        Ok(signer) => Ok(signer),
        Err(why) => {
            tracing::info!(event = "profiles_not_signed", %why);
            Ok(None)
        }
    }
}

/// What signs with these, as they are then.
fn signing_with(certificates: &Arc<Certificates>) -> Result<Arc<ProfileSigner>, SignatureError> {
    let current = Arc::clone(certificates);
    ProfileSigner::new(move || current.current()).map(Arc::new)
}

fn wrong(why: &dyn std::fmt::Display) -> StartError {
    StartError::ProfileCertificate(why.to_string())
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::PermissionsExt as _;
    use std::path::Path;

    use super::*;

    fn certificates(folder: &Path, kind: &'static rcgen::SignatureAlgorithm) -> Arc<Certificates> {
        let key = rcgen::KeyPair::generate_for(kind).unwrap();
        let parameters = rcgen::CertificateParams::new(["mail.example.org".to_owned()]).unwrap();
        let files = Files { certificate: folder.join("c.pem"), key: folder.join("k.pem") };
        fs::write(&files.certificate, parameters.self_signed(&key).unwrap().pem()).unwrap();
        fs::write(&files.key, key.serialize_pem()).unwrap();
        fs::set_permissions(&files.key, fs::Permissions::from_mode(0o600)).unwrap();
        Arc::new(Certificates::load(files).unwrap())
    }

    #[test]
    fn without_a_certificate_of_their_own_profiles_are_signed_with_the_servers_if_that_can() {
        let folder = tempfile::tempdir().unwrap();
        let good = certificates(folder.path(), &rcgen::PKCS_ECDSA_P256_SHA256);
        let unusable = certificates(folder.path(), &rcgen::PKCS_ED25519);

        let signs = |named, server| profile_signer(named, server).map(|signer| signer.is_some());
        assert!(signs(None, Some(&good)).unwrap() && signs(Some(&good), Some(&unusable)).unwrap());
        assert!(!signs(None, Some(&unusable)).unwrap() && !signs(None, None).unwrap());
        // What was named for it must be good for it.
        let why = signs(Some(&unusable), Some(&good)).unwrap_err().to_string();
        assert!(why.contains("profile_certificate cannot be used"), "{why}");
    }
}
