//! One JSON Schema (2020-12) of the document: whether a value fits, and what is wrong in words that a caller can act on.

use std::collections::{BTreeMap, BTreeSet};

use domain::problem::FieldError;
use jsonschema::{Validator, error::ValidationErrorKind};
use serde_json::{Map, Value, json};

/// What the values that match a pattern are, in words: a schema says so in `x-pattern-says` beside its `pattern`.
type Sayings = BTreeMap<String, String>;

/// A schema, ready to be applied.
pub(crate) struct Schema {
    validator: Validator,
    sayings: Sayings,
}

impl Schema {
    /// Compiles `schema`, whose references point into the components of `document`.
    ///
    /// # Errors
    /// What the schema's compiler says, without a value.
    pub(crate) fn compile(document: &Value, schema: &Value) -> Result<Self, String> {
        // Each schema takes along only what it refers to: all components for each would be most of a gateway's memory.
        let mut needed = BTreeSet::new();
        collect_components(document, schema, &mut needed);
        let schemas: Map<String, Value> = needed
            .into_iter()
            .map(|name| (name.clone(), document["components"]["schemas"][&name].clone()))
            .collect();
        let whole = json!({ "allOf": [schema], "components": { "schemas": schemas } });
        let mut sayings = Sayings::new();
        collect_sayings(&whole, &mut sayings);
        let validator = jsonschema::draft202012::options()
            .should_validate_formats(true)
            .build(&whole)
            .map_err(|error| error.masked().to_string())?;
        Ok(Self { validator, sayings })
    }

    /// Tells whether `value` fits.
    pub(crate) fn is_valid(&self, value: &Value) -> bool {
        self.validator.is_valid(value)
    }

    /// Returns what is wrong with `value`, up to [`MOST_ERRORS`]; of values with very many parts, the first that is wrong.
    pub(crate) fn errors(&self, value: &Value) -> Vec<FieldError> {
        // To say no more than yes is several times cheaper than to look for errors.
        if self.is_valid(value) {
            return Vec::new();
        }
        // All errors are found before the first is told.
        if parts(value, MOST_PARTS) > MOST_PARTS {
            let first = self.validator.validate(value).err();
            return first.into_iter().flat_map(|error| field_errors(&error, &self.sayings)).take(1).collect();
        }
        let errors = self.validator.iter_errors(value).flat_map(|error| field_errors(&error, &self.sayings));
        errors.take(MOST_ERRORS).collect()
    }
}

/// Nobody reads more; and to refuse a body must cost less than to serve one, however much of it is wrong.
pub(crate) const MOST_ERRORS: usize = 100;

/// Several times as many as a request has that anybody means to send.
const MOST_PARTS: usize = 2_000;

/// Counts the values in `value`; stops counting past `most`.
fn parts(value: &Value, most: usize) -> usize {
    let inner = |sum: usize, part: &Value| if sum > most { sum } else { sum + parts(part, most - sum) };
    match value {
        Value::Array(items) => items.iter().fold(1, inner),
        Value::Object(members) => members.values().fold(1, inner),
        _ => 1,
    }
}

/// Adds the names of the components that `schema` refers to, and those that they refer to.
fn collect_components(document: &Value, schema: &Value, names: &mut BTreeSet<String>) {
    match schema {
        Value::Object(members) => {
            let name =
                schema["$ref"].as_str().and_then(|target| target.strip_prefix("#/components/schemas/"));
            if let Some(name) = name.filter(|name| names.insert((*name).to_owned())) {
                collect_components(document, &document["components"]["schemas"][name], names);
            }
            members.values().for_each(|member| collect_components(document, member, names));
        }
        Value::Array(items) => items.iter().for_each(|item| collect_components(document, item, names)),
        _ => {}
    }
}

fn collect_sayings(schema: &Value, sayings: &mut Sayings) {
    match schema {
        Value::Object(members) => {
            if let (Some(pattern), Some(says)) =
                (schema["pattern"].as_str(), schema["x-pattern-says"].as_str())
            {
                sayings.insert(pattern.to_owned(), says.to_owned());
            }
            members.values().for_each(|member| collect_sayings(member, sayings));
        }
        Value::Array(items) => items.iter().for_each(|item| collect_sayings(item, sayings)),
        _ => {}
    }
}

/// Says what is wrong, where, and what would be right, without a word of the request's data.
fn field_errors(error: &jsonschema::ValidationError<'_>, sayings: &Sayings) -> Vec<FieldError> {
    let pointer = error.instance_path().to_string();
    let at = |detail: String| vec![FieldError::new(pointer.clone(), error.kind().keyword(), detail)];
    match error.kind() {
        ValidationErrorKind::AdditionalProperties { unexpected } => unexpected
            .iter()
            .take(MOST_ERRORS)
            .map(|name| {
                let name = name.replace('~', "~0").replace('/', "~1");
                FieldError::new(format!("{pointer}/{name}"), "additionalProperties", "there is no such field")
            })
            .collect(),
        ValidationErrorKind::Required { property } => vec![FieldError::new(
            format!("{pointer}/{}", property.as_str().unwrap_or_default()),
            "required",
            "this field is needed",
        )],
        ValidationErrorKind::Type { kind } => at(types_in_words(kind)),
        ValidationErrorKind::MaxLength { limit } => at(format!("at most {limit} characters")),
        ValidationErrorKind::MinLength { limit } => at(format!("at least {limit} characters")),
        ValidationErrorKind::MaxItems { limit } => at(format!("at most {limit} items")),
        ValidationErrorKind::MinItems { limit } => at(format!("at least {limit} items")),
        ValidationErrorKind::MaxProperties { limit } => at(format!("at most {limit} fields")),
        ValidationErrorKind::Maximum { limit } => at(format!("at most {limit}")),
        ValidationErrorKind::Minimum { limit } => at(format!("at least {limit}")),
        ValidationErrorKind::Enum { options } => at(format!("must be one of {options}")),
        ValidationErrorKind::Constant { expected_value } => at(format!("must be {expected_value}")),
        ValidationErrorKind::Format { format } => at(format!("must be a {format}")),
        ValidationErrorKind::Pattern { pattern } => {
            at(sayings.get(pattern).cloned().unwrap_or_else(|| format!("must match {pattern}")))
        }
        ValidationErrorKind::PropertyNames { error } => field_errors(error, sayings)
            .into_iter()
            .map(|wrong| FieldError {
                pointer: pointer.clone(),
                detail: format!("names here: {}", wrong.detail),
                ..wrong
            })
            .collect(),
        ValidationErrorKind::UniqueItems => at("must hold no item twice".to_owned()),
        // `oneOf: [null, X]` is how an optional object is written: tell what is wrong with the X that was sent.
        ValidationErrorKind::OneOfNotValid { context } | ValidationErrorKind::AnyOf { context } => {
            let branch =
                context.iter().filter(|errors| !only_about_null(errors)).min_by_key(|errors| errors.len());
            branch.map_or_else(
                || at("fits none of the allowed forms".to_owned()),
                |errors| errors.iter().flat_map(|error| field_errors(error, sayings)).collect(),
            )
        }
        _ => at("does not fit the schema".to_owned()),
    }
}

fn only_about_null(errors: &[jsonschema::ValidationError<'_>]) -> bool {
    errors.iter().all(
        |error| matches!(error.kind(), ValidationErrorKind::Type { kind } if type_names(kind) == ["null"]),
    )
}

/// `null` is told as what it means to a caller: the field may be left out.
fn types_in_words(kind: &jsonschema::error::TypeKind) -> String {
    let mut names = type_names(kind);
    let optional = names.len() > 1 && names.iter().any(|name| name == "null");
    names.retain(|name| !optional || name != "null");
    format!("must be of type {}{}", names.join(" or "), if optional { ", or left out" } else { "" })
}

fn type_names(kind: &jsonschema::error::TypeKind) -> Vec<String> {
    use jsonschema::error::TypeKind;
    match kind {
        TypeKind::Single(one) => vec![one.to_string()],
        TypeKind::Multiple(many) => many.iter().map(|one| one.to_string()).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn document() -> Value {
        json!({ "components": { "schemas": {
            "Code": { "type": "string", "pattern": "^[a-z]{2}$", "x-pattern-says": "two lower-case letters" },
            "Unused": { "type": ["null", "string"] },
            "Outer": { "type": "object", "properties": { "inner": { "$ref": "#/components/schemas/Inner" } } },
            "Inner": { "type": "object",
                "properties": { "code": { "$ref": "#/components/schemas/Code" }, "raw": { "pattern": "^x$" } },
                "propertyNames": { "pattern": "^[a-z]+$", "x-pattern-says": "lower-case letters" },
                "additionalProperties": { "$ref": "#/components/schemas/Outer" } }
        } } })
    }

    #[test]
    fn of_very_many_bad_parts_one_is_told() {
        let schema = Schema::compile(&json!({}), &json!({"items": {"type": "integer"}})).unwrap();
        let bad = |count: usize| schema.errors(&json!(vec!["a"; count]));
        assert_eq!([bad(3).len(), bad(1_000).len(), bad(MOST_PARTS).len()], [3, MOST_ERRORS, 1]);
        assert_eq!(bad(MOST_PARTS)[0].pointer, "/0");
        assert_eq!(parts(&json!([[1, {"a": 2}], "b"]), 10), 6);
        assert_eq!(parts(&json!(vec![[1, 2]; 100]), 10), 11);
    }

    #[test]
    fn a_pattern_is_told_in_words() {
        let schema = json!({ "$ref": "#/components/schemas/Outer" });
        let schema = Schema::compile(&document(), &schema).unwrap();
        let errors = schema.errors(&json!({ "inner": { "code": "secret", "raw": "y", "SECRET": {} } }));
        let mut found: Vec<_> =
            errors.iter().map(|error| (error.pointer.as_str(), error.detail.as_str())).collect();
        found.sort_unstable();
        assert_eq!(
            found,
            [
                ("/inner", "names here: lower-case letters"),
                ("/inner/code", "two lower-case letters"),
                ("/inner/raw", "must match ^x$")
            ]
        );
        assert!(schema.is_valid(&json!({ "inner": { "code": "ab", "other": { "inner": {} } } })));
    }

    #[test]
    fn what_may_be_left_out_is_not_called_null() {
        let schema = Schema::compile(&document(), &json!({ "$ref": "#/components/schemas/Unused" })).unwrap();
        assert_eq!(schema.errors(&json!(7))[0].detail, "must be of type string, or left out");
    }

    #[test]
    fn only_what_is_referred_to_is_taken_along() {
        let mut names = BTreeSet::new();
        collect_components(&document(), &json!({ "$ref": "#/components/schemas/Outer" }), &mut names);
        assert_eq!(names, ["Code", "Inner", "Outer"].map(str::to_owned).into());
        assert!(Schema::compile(&document(), &json!({ "$ref": "#/components/schemas/Missing" })).is_err());
    }
}
