//! The keys of a registry in one file, encrypted so that only its recipients can read it: a tar archive within an age file, so that
//! the usual tools (`age --decrypt`, `tar`) open it as well.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, BufReader, Read as _, Write as _},
    os::unix::fs::OpenOptionsExt as _,
    path::{Path, PathBuf},
};

use age::{Decryptor, Encryptor, IdentityFile, Recipient, x25519};
use zeroize::Zeroizing;

use crate::{backup::BackupError, storage::files};

/// What the registry remembers of what it signed is no key, and must never become older.
const NOT_A_KEY: &str = "journal-last-signed";

/// No file of a key is as long as this.
const LONGEST: u64 = 1 << 20;

/// A file for keys that is yet to be written, and whom it is for.
#[derive(Debug)]
pub struct Recipients {
    to: PathBuf,
    recipients: Vec<x25519::Recipient>,
}

impl Recipients {
    /// Reads recipients (`age1…`). The file must not exist.
    pub fn of(to: &Path, recipients: &[String]) -> Result<Self, BackupError> {
        if to.exists() {
            return Err(BackupError::Exists(to.to_owned()));
        }
        let read = |it: &String| it.parse().map_err(|_| BackupError::Recipient(it.clone()));
        let recipients = recipients.iter().map(read).collect::<Result<_, _>>()?;
        Ok(Self { to: to.to_owned(), recipients })
    }

    /// Writes the keys of a folder. They are on disk before this returns. Returns how many files they are.
    pub(super) fn write(&self, folder: &Path) -> Result<usize, BackupError> {
        let unusable = || BackupError::of(&self.to);
        // Encrypted first, so that what fails afterwards is the disk, and says so in its own words.
        let (sealed, written) = self.sealed(folder)?;
        let file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&self.to);
        let mut file = file.map_err(unusable())?;
        let kept = file.write_all(&sealed).and_then(|()| file.sync_all());
        if let Err(error) = kept.and_then(|()| files::settle(&self.to)) {
            // What is half there would keep the next attempt out, and be taken for a backup.
            let _ = fs::remove_file(&self.to);
            return Err(unusable()(error));
        }
        Ok(written)
    }

    /// The keys of a folder, encrypted, and how many files they are.
    fn sealed(&self, folder: &Path) -> Result<(Vec<u8>, usize), BackupError> {
        let unusable = || BackupError::of(&self.to);
        let encryptor =
            Encryptor::with_recipients(self.recipients.iter().map(|it| -> &dyn Recipient { it }))?;
        let mut archive = tar::Builder::new(encryptor.wrap_output(Vec::new()).map_err(unusable())?);
        let mut written = 0_usize;
        for path in keys_in(folder)? {
            let content = fs::read(&path).map(Zeroizing::new).map_err(BackupError::of(&path))?;
            let mut header = tar::Header::new_gnu();
            header.set_mode(0o600);
            header.set_size(u64::try_from(content.len()).unwrap_or_default());
            let name = path.file_name().unwrap_or_default();
            archive.append_data(&mut header, name, content.as_slice()).map_err(unusable())?;
            written = written.saturating_add(1);
        }
        let sealed = archive.into_inner().and_then(age::stream::StreamWriter::finish).map_err(unusable())?;
        Ok((sealed, written))
    }
}

/// The files of keys in a folder, by name.
fn keys_in(folder: &Path) -> Result<Vec<PathBuf>, BackupError> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).map_err(BackupError::of(folder))? {
        let path = entry.map_err(BackupError::of(folder))?.path();
        let is_key = path.is_file() && path.file_name().is_some_and(|it| it != NOT_A_KEY);
        if is_key {
            found.push(path);
        }
    }
    found.sort();
    Ok(found)
}

/// Whether a folder has files of keys.
pub(super) fn has_keys(folder: &Path) -> bool {
    keys_in(folder).is_ok_and(|it| !it.is_empty())
}

/// Keys that were decrypted, by the names of their files.
pub(super) struct Decrypted(Vec<Named>);

impl Decrypted {
    /// Puts the keys into a folder that has none.
    pub(super) fn write(&self, folder: &Path) -> Result<(), BackupError> {
        files::private_folder(folder).map_err(BackupError::of(folder))?;
        for (name, content) in &self.0 {
            let path = folder.join(name);
            files::make(&path, content).map_err(BackupError::of(&path))?;
        }
        Ok(())
    }

    /// Removes them again.
    pub(super) fn remove(&self, folder: &Path) {
        for (name, _) in &self.0 {
            // One that was not written is not there.
            let _ = fs::remove_file(folder.join(name));
        }
    }
}

type Named = (String, Zeroizing<Vec<u8>>);

/// Decrypts keys with an identity, a file as `age-keygen` writes it.
pub(super) fn decrypted(from: &Path, identity: &Path) -> Result<Decrypted, BackupError> {
    let identities = File::open(identity).and_then(|it| IdentityFile::from_buffer(BufReader::new(it)));
    let identities = identities.map_err(BackupError::of(identity))?.into_identities()?;
    let file = File::open(from).map_err(BackupError::of(from))?;
    let decryptor = Decryptor::new_buffered(BufReader::new(file))?;
    let plain = decryptor.decrypt(identities.iter().map(|it| -> &dyn age::Identity { it.as_ref() }))?;
    let mut archive = tar::Archive::new(plain);
    let mut keys = Vec::new();
    for entry in archive.entries().map_err(BackupError::of(from))? {
        let mut entry = entry.map_err(BackupError::of(from))?;
        let path = entry.path().map_err(BackupError::of(from))?.into_owned();
        let name = path.to_str().filter(|it| path.file_name() == Some((*it).as_ref()) && *it != NOT_A_KEY);
        let is_file = entry.header().entry_type().is_file() && entry.size() <= LONGEST;
        let Some(name) = name.filter(|_| is_file).map(str::to_owned) else {
            return Err(BackupError::NoKey(path.display().to_string()));
        };
        let mut content = Zeroizing::new(Vec::new());
        entry.read_to_end(&mut content).map_err(BackupError::of(from))?;
        keys.push((name, content));
    }
    // The rest is read as well, so that a file that was cut off is not taken for a whole one.
    io::copy(&mut archive.into_inner(), &mut io::sink()).map_err(BackupError::of(from))?;
    Ok(Decrypted(keys))
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use age::secrecy::ExposeSecret as _;

    use super::*;

    #[test]
    fn keys_come_back_only_to_whom_they_were_encrypted() {
        let folder = tempfile::tempdir().unwrap();
        let (keys, to) = (folder.path().join("keys"), folder.path().join("keys.age"));
        fs::create_dir(&keys).unwrap();
        for (name, content) in [("a.key", "secret"), ("b.pkcs8", "another"), (NOT_A_KEY, "9\nx\n")] {
            fs::write(keys.join(name), content).unwrap();
        }
        let identity = |name: &str| {
            let (made, path) = (x25519::Identity::generate(), folder.path().join(name));
            fs::write(&path, made.to_string().expose_secret()).unwrap();
            (made.to_public().to_string(), path)
        };
        let ((public, own), (_, other)) = (identity("own"), identity("other"));

        assert!(matches!(Recipients::of(&to, &["age1x".to_owned()]), Err(BackupError::Recipient(_))));
        let recipients = Recipients::of(&to, std::slice::from_ref(&public)).unwrap();
        assert_eq!(recipients.write(&keys).unwrap(), 2);
        let sealed = fs::read(&to).unwrap();
        assert!(!sealed.windows(6).any(|it| it == b"secret"));
        assert_eq!(fs::metadata(&to).unwrap().permissions().mode() & 0o777, 0o600);
        assert!(matches!(Recipients::of(&to, &[public]), Err(BackupError::Exists(_))));

        let back = folder.path().join("back");
        assert!(matches!(decrypted(&to, &other), Err(BackupError::Decrypt(_))));
        let keys = decrypted(&to, &own).unwrap();
        keys.write(&back).unwrap();
        assert_eq!(fs::read(back.join("b.pkcs8")).unwrap(), b"another");
        assert!(!back.join(NOT_A_KEY).exists());
        fs::write(&to, &sealed[..sealed.len() - 1]).unwrap();
        assert!(decrypted(&to, &own).is_err(), "it was cut off");
        keys.remove(&back);
        assert_eq!(fs::read_dir(&back).unwrap().count(), 0);
    }
}
