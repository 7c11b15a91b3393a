//! What whoever runs the registry does about a failure that is not the program's own: said below the failure, in English and in
//! Chinese.

use std::{error::Error, io};

use crate::{
    backup::BackupError,
    cli::open::OpenError,
    demo::DemoError,
    identity::{KeyError, KeyringError, UserError},
    journal::{ExportError, LogError, SuccessionError, loss::LossError},
    register::documents::ContentError,
    settings::SettingsError,
    storage::{Failure as _, NoStandby, StorageError, copies::CopyError},
    verify::VerifyError,
};

/// What to do, in English and in Chinese, each in a line.
pub(super) struct Remedy {
    pub(super) english: &'static str,
    pub(super) chinese: String,
}

impl Remedy {
    fn new(english: &'static str, chinese: &str) -> Self {
        Self { english, chinese: chinese.to_owned() }
    }
}

/// What is done about a damaged database.
pub(super) fn of_damage() -> Remedy {
    Remedy::new(
        "Stop the server, keep a copy of the file of the database, see with `sanquan verify` what is damaged, and restore the registry \
         from a backup with `sanquan restore`: see \"A damaged database\" in docs/operations.md.",
        "数据库文件已损坏：请停止服务器，另存一份数据库文件，用 `sanquan verify` 查明损坏之处，再用 `sanquan restore` 从备份恢复，详见 docs/zh/operations.md“数据库损坏”。",
    )
}

/// What is done about a failure, where it is known.
pub(super) fn of(error: &(dyn Error + 'static)) -> Option<Remedy> {
    let of_storage = storage(error).and_then(of_storage);
    of_storage
        .or_else(|| of_keys(error))
        .or_else(|| of_settings(error))
        .or_else(|| of_copies(error))
        .or_else(|| of_files(error))
}

/// What is done where a program of PostgreSQL cannot copy a database, or make one of a copy.
fn of_copies(error: &(dyn Error + 'static)) -> Option<Remedy> {
    let error = match error.downcast_ref::<BackupError>() {
        Some(BackupError::Copy(error)) => error,
        _ => error.downcast_ref()?,
    };
    let (english, chinese) = match error {
        CopyError::Program { name: "pg_restore", .. } => (
            "Nothing was restored, and nothing is left of the attempt. The role must own the empty database, or be allowed to create tables \
             in its schema public; what else there is, the line above says: see \"Restore\" in docs/operations.md.",
            "没有恢复任何内容，也没有留下任何文件。请确认数据库角色是该空数据库的所有者，或者可以在其 public 模式中建表；其他原因见上一行，详见 docs/zh/operations.md“恢复”。",
        ),
        CopyError::Program { .. } => (
            "There is no backup of this time. Where it says that a page cannot be read, see \"A damaged database\" in docs/operations.md; where \
             permission is denied, grant the role its rights; where the file cannot be written, make room; and try again.",
            "本次没有留下备份。提示数据页无法读取的，请见 docs/zh/operations.md“数据库损坏”；提示权限不足的，请授予数据库角色所需权限；提示无法写入文件的，请腾出空间；然后重试。",
        ),
        CopyError::NoProgram { .. } => (
            // It says so itself.
            "",
            "缺少 PostgreSQL 的客户端程序，或者其版本低于数据库服务器：请安装（Debian 的软件包为 postgresql-client），或者在 storage.postgres_programs 中指定这些程序所在的文件夹。",
        ),
        CopyError::Altered(_) => (
            "The disk of the backups or that of the data folder does not keep what is written to it: restore from another copy of the backup.",
            "备份在恢复过程中发生变化，存放备份的磁盘或者数据文件夹所在的磁盘不可靠：请改用该备份的另一份拷贝恢复。",
        ),
        CopyError::File { .. } | CopyError::Storage(_) => return None,
    };
    Some(Remedy::new(english, chinese))
}

/// The failure of storage in an error, if it is one.
pub(super) fn storage<'a>(error: &'a (dyn Error + 'static)) -> Option<&'a StorageError> {
    macro_rules! of {
        ($($kind:ty),+) => {
            $(if let Some(it) = error.downcast_ref::<$kind>() { return it.storage(); })+
        };
    }
    of!(
        StorageError,
        ExportError,
        BackupError,
        CopyError,
        KeyringError,
        LossError,
        VerifyError,
        UserError,
        DemoError
    );
    match (error.downcast_ref::<OpenError>(), error.downcast_ref::<SuccessionError>()) {
        (Some(OpenError::Storage(error)), _) | (_, Some(SuccessionError::Storage(error))) => Some(error),
        (Some(OpenError::Keyring(error)), _) => error.storage(),
        _ => None,
    }
}

fn of_storage(error: &StorageError) -> Option<Remedy> {
    let (english, chinese) = match error {
        StorageError::Damaged(_) => return Some(of_damage()),
        StorageError::Unreachable(_) if error.is_answered() => (
            "What stands above is the answer of the server: see whether the user, the password (perhaps in .pgpass of the user who runs this) \
             and the database of database_url are right, and whether pg_hba.conf lets them in. One that is starting up is waited for by \
             storage.wait_seconds.",
            "数据库服务器拒绝了连接，原因见上文：请检查 database_url 中的用户、口令（或者运行用户主目录下的 .pgpass）和数据库名是否正确，以及 pg_hba.conf 是否允许该连接。服务器正在启动的，可设置 storage.wait_seconds 等待。",
        ),
        StorageError::Unreachable(_) => (
            "See whether the database is running and whether database_url names it (`sanquan settings` shows it): see \
             docs/operations.md. At the start of the machine, storage.wait_seconds has the registry wait for it.",
            "无法连接数据库：请检查数据库是否在运行、database_url 是否正确（可用 `sanquan settings` 查看），详见 docs/zh/operations.md。数据库随机器启动较慢的，可设置 storage.wait_seconds 让登记系统等待。",
        ),
        StorageError::Held(_) => (
            "End the other process that has the file of the database open, such as a shell of SQLite or a copying program \
             (`fuser -v FILE` names it), and try again.",
            "数据库文件被另一个进程占用：请结束该进程（例如 SQLite 命令行或者正在复制该文件的程序，可用 `fuser -v 文件` 查出），然后重试。",
        ),
        StorageError::Denied(_) => (
            "As the owner of the database, make the role the owner of the tables and let it create tables in their schema, or name the \
             role that owns them in database_url: see docs/operations.md.",
            "数据库角色的权限不足：请由数据库所有者将各表的所有者改为该角色并准许其在该模式中建表，或者在 database_url 中改用拥有这些表的角色，详见 docs/zh/operations.md。",
        ),
        StorageError::ReadOnly(_) => (
            "The registry needs a database that takes changes. For a standby of PostgreSQL: name the primary in database_url, or promote \
             the standby. For a file: see in the log of the machine why its disk is mounted read-only (`findmnt`), and mount it anew.",
            "数据库只能读取，登记系统须能写入：连接的是 PostgreSQL 备库的，请在 database_url 中改为主库，或者将备库提升为主库；数据库在本机的，请在系统日志中查明磁盘为何以只读方式挂载（`findmnt`），修复后重新挂载。",
        ),
        StorageError::Full(_) => (
            "Make room on the disk: old logs, old backups, or a larger disk. Never delete files of the data folder or of PostgreSQL.",
            "磁盘已满：请清理旧日志、旧备份，或者扩充磁盘；切勿删除数据文件夹或 PostgreSQL 的文件。",
        ),
        StorageError::Disk(_) => (
            "See in the log of the machine (`dmesg`) what is wrong with the disk, and whether the user of the registry may read and write the \
             files of the database and their folder.",
            "数据库所在磁盘读写出错：请在系统日志（`dmesg`）中查明磁盘故障，并检查运行登记系统的用户能否读写数据库文件及其文件夹。",
        ),
        StorageError::Removed(_) => (
            "Stop the server, put the file back where it was, with the files -wal and -shm beside it, or restore the registry from a backup.",
            "数据库文件已被移走或者替换：请停止服务器，将该文件连同旁边的 -wal、-shm 文件放回原处，或者从备份恢复。",
        ),
        StorageError::LaterRelease(_) => (
            "Install that release again. There is no way back but a backup from before the upgrade.",
            "数据库属于更新的版本：请重新安装该版本的程序；只有升级之前的备份才能退回旧版本。",
        ),
        StorageError::Unusable(error) => return of_file(error),
        _ => return None,
    };
    Some(Remedy::new(english, chinese))
}

/// What is done about keys that cannot be used. The error itself says it in English alone.
fn of_keys(error: &(dyn Error + 'static)) -> Option<Remedy> {
    let error = match (error.downcast_ref::<OpenError>(), error.downcast_ref::<KeyringError>()) {
        (Some(OpenError::Keys(error)), _)
        | (_, Some(KeyringError::Keys(error)))
        | (Some(OpenError::Keyring(KeyringError::Keys(error))), _) => error,
        _ => error.downcast_ref::<KeyError>()?,
    };
    if let KeyError::File { source, .. } = error
        && let Some(Remedy { english, chinese }) = of_file(source)
    {
        return Some(Remedy { english, chinese: format!("{}。{chinese}", error.chinese()) });
    }
    let english = match error {
        // It says so itself.
        KeyError::Succession { .. } | KeyError::Exposed(_) => "",
        _ => {
            "Set that right, or put the folder of the keys back from its backup: see \"Keys\" in docs/operations.md."
        }
    };
    let chinese = match error {
        KeyError::Succession { .. } => error.chinese(),
        _ => format!(
            "{}。请排除上述问题，或者从备份中恢复密钥文件夹，详见 docs/zh/operations.md“密钥”。",
            error.chinese()
        ),
    };
    Some(Remedy { english, chinese })
}

/// What is done about settings that cannot be followed.
fn of_settings(error: &(dyn Error + 'static)) -> Option<Remedy> {
    if let Some(SettingsError::Read(_)) = error.downcast_ref() {
        return Some(Remedy::new(
            "Correct the file of the settings there: each setting in a line, texts in quotation marks.",
            "无法读取设置文件：请按上述位置更正，每项设置占一行，文本须加引号。",
        ));
    }
    let (english, chinese) = match error.downcast_ref::<OpenError>()? {
        OpenError::Url => (
            "Write it as postgres://USER@HOST/DATABASE or sqlite:///path/to/file.db, or set it to nothing for SQLite in the data folder.",
            "数据库地址有误：请将 database_url 写成 postgres://用户@主机/数据库 或 sqlite:///路径/文件.db；清空则使用数据文件夹中的 SQLite 数据库。",
        ),
        OpenError::Origin(_) => (
            "Write scheme and host, with the port where it is not the usual one, and no path.",
            "设置项 http.cors_origins 有误：请写协议和主机（非默认端口须写端口），例如 https://assets.example.cn，不带路径。",
        ),
        OpenError::Proxy(_) => (
            "Write the addresses of the proxies, or their networks with the number of bits.",
            "设置项 http.trusted_proxies 有误：请写代理服务器的地址或网段，例如 10.0.0.5 或 10.0.0.0/24。",
        ),
        OpenError::PublicUrl(_) => (
            "Write it with https:// and without a query, or set it to nothing.",
            "设置项 certificates.public_url 有误：请写以 https:// 开头的地址，不带查询参数；不需要的，请将其清空。",
        ),
        OpenError::Log(LogError::Origin(_)) => (
            "Write a name such as assets.example.cn/journal, or set it to nothing for one that follows from the key.",
            "设置项 journal.origin 有误：名称中不得有空格和加号，请写成 assets.example.cn/journal 的形式；清空则由密钥得出。",
        ),
        OpenError::Log(LogError::Witness(_)) => (
            "Copy the key as its witness publishes it, in one line.",
            "设置项 journal.witnesses 有误：请按见证方公布的公钥原样填写（名称+哈希+密钥，一行一个）。",
        ),
        OpenError::Listening(_, error) => match error.kind() {
            io::ErrorKind::AddrInUse => (
                "Another program listens there, perhaps another server of this registry (`ss -ltnp` names it): end it, or name another \
                 port in listen.",
                "该地址和端口已被另一个程序占用，可能是本系统的另一个进程（可用 `ss -ltnp` 查出）：请将其结束，或者在 listen 中改用其他端口。",
            ),
            io::ErrorKind::PermissionDenied => (
                "Ports below 1024 are the system's: name a higher one in listen, such as 127.0.0.1:8080, and put nginx before it: see \
                 docs/deployment.md.",
                "1024 以下的端口由系统保留：请在 listen 中改用更高的端口，例如 127.0.0.1:8080，前面由 nginx 转发，详见 docs/zh/deployment.md。",
            ),
            _ => (
                "listen must be an address of this machine and a port: 127.0.0.1:8080 for this machine alone, 0.0.0.0:8080 for all of its \
                 addresses.",
                "listen 须为本机的地址和端口，请改为 127.0.0.1:8080（仅限本机访问）或者 0.0.0.0:8080（本机所有地址）。",
            ),
        },
        OpenError::Emptied { .. } => (
            "Name the database of this registry in database_url, or restore it from a backup with `sanquan restore`: see \
             docs/operations.md. For a new registry, name another folder in data_dir.",
            "数据库是空的，而密钥文件夹属于一个已有账册的登记系统：请在 database_url 中改为本系统的数据库，或者用 `sanquan restore` 从备份恢复，详见 docs/zh/operations.md。新建登记系统的，请在 data_dir 中另指定一个文件夹。",
        ),
        OpenError::Renamed { was, .. } => {
            return Some(Remedy {
                english: "Set journal.origin back to that name: a journal keeps its name for good, and whoever holds a checkpoint of it knows it by \
                          that. Where it never was set, set it to nothing.",
                chinese: format!(
                    "日志的名称与最近一个检查点（{was}）不一致：请将 journal.origin 改回 {was}；原来未设置的，请将其清空。日志名称一经使用不得更改。"
                ),
            });
        }
        OpenError::Standby(NoStandby::OfSqlite) => (
            "Set storage.standby_url to nothing: a registry on SQLite reads from its own file.",
            "SQLite 数据库没有备库：请清空 storage.standby_url，或者在 database_url 中改为该备库所跟随的 PostgreSQL 主库。",
        ),
        OpenError::Standby(NoStandby::NotPostgres) => (
            "Write it as postgres://USER:PASSWORD@HOST/DATABASE, or set it to nothing to read from the primary alone.",
            "备库地址有误：请将 storage.standby_url 写成 postgres://用户:密码@主机/数据库；不使用备库的，请将其清空。",
        ),
        _ => return None,
    };
    Some(Remedy::new(english, chinese))
}

/// What the system said of a file, wherever in an error it stands.
fn of_files(error: &(dyn Error + 'static)) -> Option<Remedy> {
    if let Some(OpenError::Documents(ContentError::Folder(error))) = error.downcast_ref() {
        return of_file(error);
    }
    let mut cause = Some(error);
    while let Some(error) = cause {
        if let Some(remedy) = error.downcast_ref().and_then(of_file) {
            return Some(remedy);
        }
        cause = error.source();
    }
    None
}

fn of_file(error: &io::Error) -> Option<Remedy> {
    let (english, chinese) = match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded | io::ErrorKind::FileTooLarge => (
            "Make room on the disk of that file, raise what its user may store, or name another place.",
            "写入该文件时磁盘已满或者超出限额：请腾出空间、提高限额，或者改用其他位置。",
        ),
        io::ErrorKind::ReadOnlyFilesystem => (
            "The disk of that file is mounted read-only: see in the log of the machine why (`findmnt`), mount it anew, or name another place.",
            "该文件所在磁盘以只读方式挂载：请在系统日志中查明原因（`findmnt`）并重新挂载，或者改用其他位置。",
        ),
        io::ErrorKind::PermissionDenied => (
            "Run this as the user of the registry, or give the folder and its files to that user (`chown -R`): it must belong to whoever runs \
             the registry.",
            "运行本程序的用户无权使用该文件：请以登记系统的用户身份运行，或者将该文件夹及其文件的所有者改为该用户（`chown -R`）。",
        ),
        io::ErrorKind::NotADirectory | io::ErrorKind::IsADirectory | io::ErrorKind::AlreadyExists => (
            "A file lies where a folder is needed, or the other way round: move it away, or name another place.",
            "需要文件夹的位置上是一个文件，或者相反：请将其移走，或者改用其他位置。",
        ),
        _ => return None,
    };
    Some(Remedy::new(english, chinese))
}

#[cfg(test)]
mod tests {
    use diesel::{
        ConnectionError,
        result::{DatabaseErrorKind, Error as DieselError},
    };

    use super::*;

    fn database(said: &str) -> DieselError {
        DieselError::DatabaseError(DatabaseErrorKind::Unknown, Box::new(said.to_owned()))
    }

    #[test]
    fn whatever_the_surroundings_do_has_a_remedy_in_both_languages() {
        let surroundings = [
            StorageError::from(database("file is not a database")),
            StorageError::from(database("malformed database schema (parties)")),
            StorageError::from(database("disk I/O error")),
            StorageError::from(database("database or disk is full")),
            StorageError::from(ConnectionError::CouldntSetupConfiguration(database("database is locked"))),
            StorageError::from(ConnectionError::BadConnection("refused".to_owned())),
            StorageError::from(ConnectionError::BadConnection("failed: FATAL:  no".to_owned())),
            StorageError::from(io::Error::from(io::ErrorKind::ReadOnlyFilesystem)),
            StorageError::from(io::Error::from(io::ErrorKind::PermissionDenied)),
            StorageError::from(io::Error::from(io::ErrorKind::StorageFull)),
            StorageError::Denied("sanquan may not read and change parties".to_owned()),
            StorageError::LaterRelease("2099".to_owned()),
            StorageError::Removed("/it.db".to_owned()),
        ];
        for error in surroundings {
            let told = error.to_string();
            let remedy = of(&OpenError::Storage(error)).unwrap_or_else(|| panic!("{told}"));
            assert!(remedy.english.ends_with('.') && remedy.english.is_ascii(), "{}", remedy.english);
            assert!(remedy.chinese.ends_with('。') && remedy.chinese.contains("请"), "{}", remedy.chinese);
        }
        assert!(of(&StorageError::Unjournaled).is_none(), "what is the program's own fault is not theirs");
    }

    #[test]
    fn settings_that_cannot_be_followed_have_a_remedy_that_is_not_one_of_files() {
        let listening = [
            io::ErrorKind::AddrInUse,
            io::ErrorKind::PermissionDenied,
            io::ErrorKind::AddrNotAvailable,
            io::ErrorKind::InvalidInput,
        ]
        .map(|kind| OpenError::Listening("0.0.0.0:80".to_owned(), kind.into()));
        let standby = [NoStandby::OfSqlite, NoStandby::NotPostgres].map(OpenError::Standby);
        let named = [
            OpenError::Url,
            OpenError::Origin("a".to_owned()),
            OpenError::Proxy("a".to_owned()),
            OpenError::PublicUrl("a".to_owned()),
            OpenError::Log(LogError::Origin("a b".to_owned())),
            OpenError::Log(LogError::Witness("a".to_owned())),
            OpenError::Renamed { was: "a".to_owned(), set: "b".to_owned() },
        ];
        let mut said = std::collections::BTreeSet::new();
        for error in listening.into_iter().chain(standby).chain(named) {
            let told = error.to_string();
            let remedy = of(&error).unwrap_or_else(|| panic!("{told}"));
            assert!(remedy.english.ends_with('.') && remedy.english.is_ascii(), "{}", remedy.english);
            assert!(remedy.chinese.ends_with('。') && remedy.chinese.contains("请"), "{}", remedy.chinese);
            assert!(!remedy.english.contains("chown"), "{}", remedy.english);
            said.insert(remedy.english);
        }
        assert_eq!(said.len(), 12, "two of the addresses that cannot be had are told alike");
    }

    #[test]
    fn programs_of_postgresql_that_fail_have_a_remedy_for_each_of_them() {
        let failed =
            |name| CopyError::Program { name, program: "/usr/bin/it".into(), said: "failed".to_owned() };
        let missing = CopyError::NoProgram {
            name: "pg_dump",
            wanted: 15,
            looked_in: String::new(),
            too_old: String::new(),
        };
        let mut said = std::collections::BTreeSet::new();
        for error in [failed("pg_dump"), failed("pg_restore"), missing, CopyError::Altered("/it".into())] {
            let Remedy { english, chinese } = of(&BackupError::Copy(error)).unwrap();
            assert!(english.is_empty() || english.ends_with('.') && english.is_ascii(), "{english}");
            assert!(chinese.ends_with('。') && chinese.contains("请"), "{chinese}");
            said.insert(chinese);
        }
        assert_eq!(said.len(), 4);
    }

    #[test]
    fn damage_is_known_by_what_opens_the_database_and_by_what_reads_it() {
        for said in
            ["file is not a database", "database disk image is malformed", "malformed database schema (x)"]
        {
            let opened = StorageError::from(ConnectionError::CouldntSetupConfiguration(database(said)));
            assert!(matches!(opened, StorageError::Damaged(_)), "{opened:?}");
            assert!(matches!(StorageError::from(database(said)), StorageError::Damaged(_)), "{said}");
        }
    }
}
