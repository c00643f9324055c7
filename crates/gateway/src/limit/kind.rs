//! The limits there are: what each is called in headers, problems and metrics, and what it counts.

/// One kind of limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u8)]
pub(crate) enum Kind {
    /// Requests of one key.
    Key,
    /// Requests of all keys of a tenant.
    Tenant,
    /// Requests about one dietitian.
    Dietitian,
    /// Requests from one address, whoever sends them.
    Address,
    /// Requests from one address without a genuine key.
    Unidentified,
    /// Bytes of bodies that one key sends.
    KeyBytes,
    /// Bytes of bodies that all keys of a tenant send.
    TenantBytes,
    /// Requests of one key at the same time.
    KeyConcurrency,
    /// Requests of all keys of a tenant at the same time.
    TenantConcurrency,
    /// Requests from one address at the same time.
    AddressConcurrency,
}

impl Kind {
    pub(crate) const ALL: [Self; 10] = [
        Self::Key,
        Self::Tenant,
        Self::Dietitian,
        Self::Address,
        Self::Unidentified,
        Self::KeyBytes,
        Self::TenantBytes,
        Self::KeyConcurrency,
        Self::TenantConcurrency,
        Self::AddressConcurrency,
    ];

    /// Returns the name of its policy in `RateLimit-Policy`, in problems and in metrics.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Key => "key",
            Self::Tenant => "tenant",
            Self::Dietitian => "dietitian",
            Self::Address => "address",
            Self::Unidentified => "unidentified",
            Self::KeyBytes => "key-bytes",
            Self::TenantBytes => "tenant-bytes",
            Self::KeyConcurrency => "key-concurrency",
            Self::TenantConcurrency => "concurrency",
            Self::AddressConcurrency => "address-concurrency",
        }
    }

    /// Returns whose limit it is.
    pub(crate) const fn scope(self) -> &'static str {
        match self {
            Self::Key | Self::KeyBytes | Self::KeyConcurrency => "key",
            Self::Tenant | Self::TenantBytes | Self::TenantConcurrency => "tenant",
            Self::Dietitian => "dietitian",
            Self::Address | Self::Unidentified | Self::AddressConcurrency => "address",
        }
    }

    /// Returns what is counted, in the words of draft-ietf-httpapi-ratelimit-headers-11, section 7.2.1; `None` for
    /// requests, which need no word.
    pub(crate) const fn unit(self) -> Option<&'static str> {
        match self {
            Self::KeyBytes | Self::TenantBytes => Some("content-bytes"),
            Self::KeyConcurrency | Self::TenantConcurrency | Self::AddressConcurrency => {
                Some("concurrent-requests")
            }
            Self::Key | Self::Tenant | Self::Dietitian | Self::Address | Self::Unidentified => None,
        }
    }

    /// Tells whether a caller who is not sure to be within it may be kept waiting for a moment. Who only has an address
    /// must not keep requests in memory.
    pub(crate) const fn may_wait(self) -> bool {
        !matches!(self, Self::Address | Self::Unidentified)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn every_limit_has_its_own_name() {
        let names: HashSet<_> = Kind::ALL.into_iter().map(Kind::as_str).collect();
        assert_eq!(names.len(), Kind::ALL.len());
        for (index, kind) in Kind::ALL.into_iter().enumerate() {
            assert_eq!(kind as usize, index);
        }
    }
}
