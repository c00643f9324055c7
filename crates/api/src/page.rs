//! Lists in pages: newest first, with a cursor that only we can make (threat A8).

use domain::{ids::Id, problem::Code};
use http::{Uri, header};
use serde::Serialize;
use uuid::Uuid;

use crate::{answer::Answer, app::App, error::Error, gate::Vouched};

/// How many items a page holds when the caller does not say.
const USUAL: u64 = 20;

/// A page that is asked for.
pub(crate) struct Page<'a> {
    app: &'a App,
    vouched: &'a Vouched,
    uri: &'a Uri,
    limit: u64,
    before: Option<Uuid>,
}

/// One page of a list, as it is answered.
#[derive(Debug, Serialize)]
pub(crate) struct Items<T> {
    items: Vec<T>,
    next_cursor: Option<String>,
}

impl<'a> Page<'a> {
    /// Reads which page of the list at `uri` is asked for. The contract bounds `limit`.
    pub(crate) fn new(
        app: &'a App,
        vouched: &'a Vouched,
        uri: &'a Uri,
        limit: Option<u64>,
        cursor: Option<&str>,
    ) -> Result<Self, Error> {
        let page = Self { app, vouched, uri, limit: limit.unwrap_or(USUAL), before: None };
        let before = cursor
            .map(|cursor| app.cursors.position(vouched.tenant(), &page.filter(), cursor))
            .transpose()
            .map_err(|_| {
                Error::field(
                    Code::Schema,
                    "?cursor",
                    "value",
                    "take the cursor from the page before, of the same list",
                )
            })?;
        Ok(Self { before, ..page })
    }

    /// Where the page begins: rows older than this.
    pub(crate) fn before<T>(&self) -> Option<Id<T>> {
        self.before.map(Id::from_uuid)
    }

    /// How many rows to read: one more than the page holds tells whether there is a next.
    pub(crate) const fn rows(&self) -> u64 {
        self.limit + 1
    }

    /// Returns the answer with the page that `rows` make.
    pub(crate) fn answer<R, T: Serialize>(
        &self,
        mut rows: Vec<R>,
        id: impl Fn(&R) -> Uuid,
        item: impl Fn(R) -> Result<T, Error>,
    ) -> Result<Answer, Error> {
        let limit = usize::try_from(self.limit).unwrap_or(usize::MAX);
        let more = rows.len() > limit;
        rows.truncate(limit);
        let next_cursor = rows
            .last()
            .filter(|_| more)
            .map(|last| self.app.cursors.cursor(self.vouched.tenant(), &self.filter(), id(last)));
        let link = next_cursor.as_ref().map(|cursor| self.link(cursor));
        let items = rows.into_iter().map(item).collect::<Result<_, _>>()?;
        let answer = Answer::ok(&Items { items, next_cursor })?;
        Ok(match link {
            Some(link) => answer.header(header::LINK, link),
            None => answer,
        })
    }

    /// What the cursor is bound to: the list and its filters, in one order.
    fn filter(&self) -> String {
        let mut filters: Vec<_> = self.parameters().filter(|pair| !pair.starts_with("limit=")).collect();
        filters.sort_unstable();
        format!("{}?{}", self.uri.path(), filters.join("&"))
    }

    fn link(&self, cursor: &str) -> String {
        let kept: String = self.parameters().map(|pair| format!("{pair}&")).collect();
        format!("<{}?{kept}cursor={cursor}>; rel=\"next\"", self.uri.path())
    }

    fn parameters(&self) -> impl Iterator<Item = &str> {
        let query = self.uri.query().unwrap_or_default();
        query.split('&').filter(|pair| !pair.is_empty() && !pair.starts_with("cursor="))
    }
}
