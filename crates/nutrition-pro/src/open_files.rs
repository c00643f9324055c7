//! Whether the operating system lets the process open as many files, and so sockets, as it may need.

/// Warns when fewer files may be open than `needed`. Where the limit is not told, nothing is said.
pub(crate) fn check(needed: u64) {
    let limits = std::fs::read_to_string("/proc/self/limits").unwrap_or_default();
    if let Some(allowed) = soft_limit(&limits).filter(|allowed| *allowed < needed) {
        tracing::warn!(
            allowed,
            needed,
            "too few open files are allowed for the connections that are: raise the limit (ulimit -n, LimitNOFILE=, \
             --ulimit nofile=) or lower ANP_GATEWAY_CONNECTIONS"
        );
    }
}

/// Returns the soft limit of open files in the text of `/proc/self/limits` (proc_pid_limits(5)); `None` for none.
fn soft_limit(limits: &str) -> Option<u64> {
    let line = limits.lines().find_map(|line| line.strip_prefix("Max open files"))?;
    line.split_whitespace().next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::soft_limit;

    #[test]
    fn the_soft_limit_is_read() {
        let head = "Limit                     Soft Limit           Hard Limit           Units     \n";
        let limits = |soft: &str| {
            format!(
                "{head}Max open files            {soft}                 524288               files     \n"
            )
        };
        assert_eq!(soft_limit(&limits("1024")), Some(1_024));
        assert_eq!(soft_limit(&limits("unlimited")), None);
        assert_eq!(soft_limit(""), None);
        assert!(
            soft_limit(&std::fs::read_to_string("/proc/self/limits").unwrap()).is_some_and(|soft| soft > 0)
        );
    }
}
