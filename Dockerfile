# One static binary in an empty root: nothing to update, nothing to run but us.
# `cargo xtask dist` builds the binary; no base image takes part in it.
FROM scratch

LABEL org.opencontainers.image.title="AI Nutrition-Pro" \
      org.opencontainers.image.licenses="Apache-2.0"

COPY --chmod=0555 target/x86_64-unknown-linux-gnu/dist/nutrition-pro /nutrition-pro

# Not root; the number needs no /etc/passwd.
USER 65532:65532

# Gateway, control plane, API, policy feed, certificates of the parts: each service publishes the ports of its role.
EXPOSE 8443 9443 7443 9444 9445

# In-flight requests finish before the process ends.
STOPSIGNAL SIGTERM

# The role is the argument: gateway, control-plane, api, migrate.
ENTRYPOINT ["/nutrition-pro"]
