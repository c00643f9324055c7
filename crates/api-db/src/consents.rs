//! What dietitians agreed to. At most one consent of a dietitian is in force.

use std::str::FromStr;

use database::{Error, from_micros, to_micros};
use domain::{
    Timestamp,
    content::UnknownName,
    ids::{ConsentId, DietitianId},
};
use sea_orm::{
    ActiveValue::Set,
    ColumnTrait, EntityTrait, QueryFilter, QuerySelect, Select,
    sea_query::{Expr, LockType},
};
use serde::{Deserialize, Serialize};

use crate::{Reader, Tx, columns, dietitians, idempotency, sealed::SealedColumn, style_cards};

/// One version of a dietitian's consent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Consent {
    /// Its identifier.
    pub id: ConsentId,
    /// Who agreed.
    pub dietitian: DietitianId,
    /// The version of the document they agreed to; 1 to 200 characters.
    pub document_version: String,
    /// What they agreed to.
    pub scopes: Vec<ConsentScope>,
    /// Where the tenant keeps the evidence, if it says so. Sealed.
    pub evidence_ref: Option<String>,
    /// When it was given.
    pub granted_at: Timestamp,
    /// When it was taken back or replaced, if it was.
    pub revoked_at: Option<Timestamp>,
}

/// What a dietitian can agree to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ConsentScope {
    /// Texts are written in their voice.
    Generate,
    /// Their edits become samples.
    LearnFromEdits,
}

/// Returns the consent in force, if there is one.
pub async fn current(tx: &Reader, dietitian: DietitianId) -> Result<Option<Consent>, Error> {
    let row = in_force(tx, dietitian).one(tx.connection()).await?;
    row.map(|row| from_row(tx, row)).transpose()
}

/// Returns the consent in force, and keeps it so until the end of the transaction: who takes it back meanwhile waits, and
/// then finds what this transaction stored. [`Error::NotFound`] without such a dietitian.
pub async fn hold(tx: &Tx, dietitian: DietitianId) -> Result<Option<Consent>, Error> {
    // In the order in which a dietitian is removed, so that neither waits for the other.
    dietitians::hold(tx, dietitian).await?;
    // Who waited for a consent that was replaced meanwhile sees the one in its place at the second look only.
    for _ in 0..2 {
        let row = in_force(tx, dietitian).lock(LockType::Share).one(tx.connection()).await?;
        if let Some(row) = row {
            return from_row(tx, row).map(Some);
        }
    }
    Ok(None)
}

/// Puts a consent in force at `now`, in place of the one that was; it may have been given before. [`Error::NotFound`] without such a dietitian.
///
/// [`Error::Conflict`] when another transaction grants at the same moment.
pub async fn grant(tx: &Tx, consent: &Consent, now: Timestamp) -> Result<(), Error> {
    dietitians::hold(tx, consent.dietitian).await?;
    end_current(tx, consent.dietitian, now).await?;
    let id = consent.id.uuid();
    let row = row::ActiveModel {
        id: Set(id),
        tenant_id: Set(tx.tenant_id().uuid()),
        dietitian_id: Set(consent.dietitian.uuid()),
        document_version: Set(consent.document_version.clone()),
        scopes: Set(columns::join(consent.scopes.iter().map(|scope| scope.as_str()))),
        evidence_ref: Set(consent
            .evidence_ref
            .as_deref()
            .map(|text| EVIDENCE_REF.seal_text(tx, id, text))
            .transpose()?),
        granted_at: Set(to_micros(consent.granted_at)),
        revoked_at: Set(None),
    };
    row::Entity::insert(row).exec_without_returning(tx.connection()).await?;
    Ok(())
}

/// Ends the consent in force, removes the style cards that were made under it, and forgets the answers with texts that
/// are kept for repeats: a repeat is told that it was erased. What was delivered stays until it is erased or expires.
///
/// [`Error::NotFound`] when none is in force.
pub async fn revoke(tx: &Tx, dietitian: DietitianId, at: Timestamp) -> Result<(), Error> {
    dietitians::hold(tx, dietitian).await?;
    if end_current(tx, dietitian, at).await? == 0 {
        return Err(Error::NotFound);
    }
    idempotency::erase_texts(tx, dietitian).await?;
    style_cards::delete_all(tx, dietitian).await
}

pub(crate) async fn delete_all(tx: &Tx, dietitian: DietitianId) -> Result<(), Error> {
    row::Entity::delete_many()
        .filter(row::Column::TenantId.eq(tx.tenant_id().uuid()))
        .filter(row::Column::DietitianId.eq(dietitian.uuid()))
        .exec(tx.connection())
        .await?;
    Ok(())
}

async fn end_current(tx: &Tx, dietitian: DietitianId, at: Timestamp) -> Result<u64, Error> {
    let result = row::Entity::update_many()
        .col_expr(row::Column::RevokedAt, Expr::val(to_micros(at)))
        .filter(row::Column::TenantId.eq(tx.tenant_id().uuid()))
        .filter(row::Column::DietitianId.eq(dietitian.uuid()))
        .filter(row::Column::RevokedAt.is_null())
        .exec(tx.connection())
        .await?;
    Ok(result.rows_affected)
}

fn in_force(tx: &Reader, dietitian: DietitianId) -> Select<row::Entity> {
    row::Entity::find()
        .filter(row::Column::TenantId.eq(tx.tenant_id().uuid()))
        .filter(row::Column::DietitianId.eq(dietitian.uuid()))
        .filter(row::Column::RevokedAt.is_null())
}

fn from_row(tx: &Reader, row: row::Model) -> Result<Consent, Error> {
    Ok(Consent {
        id: ConsentId::from_uuid(row.id),
        dietitian: DietitianId::from_uuid(row.dietitian_id),
        document_version: row.document_version,
        scopes: columns::names(&row.scopes, "consent scope")?,
        evidence_ref: row
            .evidence_ref
            .map(|sealed| EVIDENCE_REF.open_text(tx, row.id, &sealed))
            .transpose()?,
        granted_at: from_micros(row.granted_at)?,
        revoked_at: row.revoked_at.map(from_micros).transpose()?,
    })
}

impl ConsentScope {
    /// Returns the name used in JSON and in the database.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Generate => "generate",
            Self::LearnFromEdits => "learn_from_edits",
        }
    }
}

impl FromStr for ConsentScope {
    type Err = UnknownName;

    fn from_str(text: &str) -> Result<Self, UnknownName> {
        [Self::Generate, Self::LearnFromEdits]
            .into_iter()
            .find(|known| known.as_str() == text)
            .ok_or(UnknownName)
    }
}

const EVIDENCE_REF: SealedColumn = SealedColumn { table: "consents", column: "evidence_ref" };

mod row {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "consents")]
    pub(crate) struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub(crate) id: Uuid,
        pub(crate) tenant_id: Uuid,
        pub(crate) dietitian_id: Uuid,
        pub(crate) document_version: String,
        pub(crate) scopes: String,
        pub(crate) evidence_ref: Option<Vec<u8>>,
        pub(crate) granted_at: i64,
        pub(crate) revoked_at: Option<i64>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub(crate) enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}
