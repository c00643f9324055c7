//! What a caller does next about each problem: in general, and for single operations where that is not enough.

use domain::problem::Code;

/// Returns what to do about `code`, whatever the operation.
pub(super) const fn in_general(code: Code) -> &'static str {
    match code {
        Code::Malformed => {
            "The body or the framing could not be read at all. Send one JSON value in UTF-8, without duplicate names, at \
             most 16 levels deep."
        }
        Code::KeyInUrl => {
            "Send the key in the header `Authorization: Bearer …` only. This key stood in a URL and so in logs: rotate it."
        }
        Code::DietitianNotFound => "Add the dietitian first, or correct `dietitian-uuid`.",
        Code::KeyMissing => "Send `Authorization: Bearer anp_…`.",
        Code::KeyInvalid => "Check that the whole key was sent. A key is shown once, when it is issued.",
        Code::KeyExpired | Code::KeyRevoked => {
            "Issue or rotate a key in the control plane, then send the new one."
        }
        Code::ContextInvalid => "Call the gateway; this address serves nobody else.",
        Code::NetworkNotAllowed => {
            "Call from one of the networks that the key is restricted to, or have the restriction changed in the control \
             plane."
        }
        Code::ScopeMissing => "Issue a key with the scope that the operation names.",
        Code::TenantMismatch => "Send your own application's id: `GET /api/v1/me` tells it.",
        Code::TenantSuspended => "Ask whoever runs the service.",
        Code::ConsentRequired => {
            "Put the dietitian's consent in force with `PUT /api/v1/dietitians/{id}/consent`, with `generate` in its \
             `scope`; then send the request again."
        }
        Code::NotFound => "Check the id. What belongs to someone else is not found either.",
        Code::Method => "Use one of the methods in the header `Allow`.",
        Code::NotAcceptable => "Accept `application/json`, or `text/event-stream` where it is offered.",
        Code::Erased => "Its content is gone for good; ask for a new one.",
        Code::IdempotencyInProgress => {
            "The first request with this key is still at work: wait a few seconds, then repeat it unchanged."
        }
        Code::StyleNotReady => "Store samples of this `type` in this `language` first.",
        Code::StateConflict => "`detail` and `errors` say what stands in the way.",
        Code::EtagMismatch => "Read it again, apply your change to what you read, and send its new `ETag`.",
        Code::TooLarge => "Send less: the largest body is 64 KiB, and 1 MiB for samples.",
        Code::MediaType => "Send `Content-Type: application/json`.",
        Code::IfMatchRequired => {
            "Read it first and send its `ETag` as `If-Match`, with its quotes; `*` means whichever there is."
        }
        Code::Schema => {
            "Correct every field in `errors`: `pointer` says where, `?name` for a parameter of the query, `detail` what is right."
        }
        Code::FactsInvalid => {
            "Correct the facts that `errors` points to; nothing was written or charged. `code` is the kind of rule that \
             would block every text with this fact, such as `medical`, `promise`, `allergen`, `number` or `form`; of \
             numbers, `implausible`, `thousands`, `unit`, `duplicate` or `contradiction`."
        }
        Code::UnsafeInput => {
            "Remove what `errors` points to, such as control characters or text that speaks to a model."
        }
        Code::OutputBlocked => {
            "`errors` says what the rules found in the last text, and points to the fact or the length that it goes back \
             to where there is one; `code` is the kind of rule. Change the facts or the note, or store more samples, and \
             ask again. Nothing is charged."
        }
        Code::IdempotencyKeyReused => "Use a new `Idempotency-Key` for a new body or another address.",
        Code::RateLimited | Code::ConcurrencyLimited => {
            "Wait for as many seconds as `Retry-After` says. `limit` says whose limit it was."
        }
        Code::RequestTimeout => "Send the request again, faster; check the line.",
        Code::Internal => "Try again later. If it stays, ask for help and tell the `instance`.",
        Code::ProviderError | Code::ProviderTimeout => {
            "Try again with the same `Idempotency-Key`: if it was done meanwhile, you get its answer."
        }
        Code::Overloaded => {
            "Wait for as many seconds as `Retry-After` says, then send the same request again."
        }
    }
}

/// Returns what `code` means at one operation, where the general advice leaves a question open.
pub(super) fn at(operation: &str, code: Code) -> Option<&'static str> {
    Some(match (operation, code) {
        ("createDietitian", Code::StateConflict) => {
            "`external_ref` is taken: you added this dietitian before. List your dietitians to find the id."
        }
        ("createGeneration", Code::StateConflict) => {
            "The dietitian is paused: set `status` to `active` with `PATCH /api/v1/dietitians/{id}`."
        }
        ("createGeneration", Code::NotFound) => {
            "No dietitian has this `dietitian_id`, or they were removed while the text was written."
        }
        ("createGeneration", Code::Erased) => {
            "For a repeat with an `Idempotency-Key` only: the text was erased, or consent was taken back since."
        }
        ("createCheck", Code::NotFound) => {
            "No dietitian has this `dietitian_id`; leave it out to check without a name."
        }
        ("getConsent", Code::NotFound) => "There is no such dietitian, or no consent of theirs is in force.",
        ("revokeConsent", Code::NotFound) => {
            "There is no such dietitian, or no consent of theirs is in force: nothing is left to do."
        }
        ("getGeneration", Code::Erased) => "You erased it, its dietitian was removed, or it has expired.",
        ("storeSamples", Code::Schema) => {
            "Correct every field in `errors`. `no-text` is a text without words; `language` one that plainly is in another \
             language than stated. Nothing was stored."
        }
        ("storeContent", Code::Schema) => {
            "Correct every field in `errors`. `no-text` is a text without words. Nothing was stored."
        }
        ("editStyle", Code::UnsafeInput) => {
            "A line of the card speaks to a model or holds markup; `errors` points to it."
        }
        _ => return None,
    })
}
