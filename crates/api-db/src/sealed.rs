//! Seals what people wrote before it reaches a column, and opens it on the way out.

use database::Error;
use seal::envelope::Place;
use serde::{Serialize, de::DeserializeOwned};
use uuid::Uuid;
use zeroize::Zeroizing;

use crate::{Reader, Tx, tx::Opener};

/// A sealed column of one table.
#[derive(Clone, Copy)]
pub(crate) struct SealedColumn {
    /// The table's name.
    pub(crate) table: &'static str,
    /// The column's name.
    pub(crate) column: &'static str,
}

impl SealedColumn {
    pub(crate) fn seal(self, tx: &Tx, row: Uuid, plain: &[u8]) -> Result<Vec<u8>, Error> {
        let opener = tx.opener();
        Ok(opener.data_key()?.seal(&self.place(opener, row), plain, tx.entropy()))
    }

    pub(crate) fn open(self, tx: &Reader, row: Uuid, sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, Error> {
        self.open_by(tx.opener(), row, sealed)
    }

    fn open_by(self, opener: &Opener, row: Uuid, sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, Error> {
        opener.data_key()?.open(&self.place(opener, row), sealed).map_err(|_| Error::Corrupt("sealed value"))
    }

    pub(crate) fn seal_json(self, tx: &Tx, row: Uuid, value: &impl Serialize) -> Result<Vec<u8>, Error> {
        let plain = serde_json::to_vec(value).map(Zeroizing::new).map_err(|_| Error::Corrupt("JSON"))?;
        self.seal(tx, row, &plain)
    }

    pub(crate) fn open_json<T: DeserializeOwned>(
        self,
        tx: &Reader,
        row: Uuid,
        sealed: &[u8],
    ) -> Result<T, Error> {
        self.open_json_by(tx.opener(), row, sealed)
    }

    /// Opens without the transaction that read it.
    pub(crate) fn open_json_by<T: DeserializeOwned>(
        self,
        opener: &Opener,
        row: Uuid,
        sealed: &[u8],
    ) -> Result<T, Error> {
        serde_json::from_slice(&self.open_by(opener, row, sealed)?).map_err(|_| Error::Corrupt("JSON"))
    }

    pub(crate) fn seal_text(self, tx: &Tx, row: Uuid, text: &str) -> Result<Vec<u8>, Error> {
        self.seal(tx, row, text.as_bytes())
    }

    pub(crate) fn open_text(self, tx: &Reader, row: Uuid, sealed: &[u8]) -> Result<String, Error> {
        let plain = self.open(tx, row, sealed)?;
        std::str::from_utf8(&plain).map(str::to_owned).map_err(|_| Error::Corrupt("text"))
    }

    const fn place(self, opener: &Opener, row: Uuid) -> Place {
        Place { tenant: opener.tenant, table: self.table, row, column: self.column }
    }
}
