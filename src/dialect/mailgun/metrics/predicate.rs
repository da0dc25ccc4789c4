//! Parses the filter of a request.

use super::attribute::Attribute;
use super::fields::Fields;
use crate::dialect::mailgun::Error;
use crate::filter::Filter;
use crate::names::named_enum;

/// The maximum number of values in a filter.
const MAX_VALUES: usize = 1000;

/// A condition on one attribute.
struct Predicate {
    attribute: Attribute,
    comparator: Comparator,
    values: Vec<String>,
}

named_enum! {
    enum Comparator("comparator") {
        Is = "=",
        IsNot = "!=",
        Contains = "contains",
        ContainsNone = "not contains",
    }
}

/// Parses `filter`, whose predicates may compare these attributes. All of the returned filters must hold.
pub(super) fn parse(fields: &Fields<'_>, attributes: &[Attribute]) -> Result<Vec<Filter>, Error> {
    let Some(filter) = fields.object("filter")? else { return Ok(Vec::new()) };
    // Ignoring a condition would answer about more mail than was asked for.
    if let Some(other) = filter.names().find(|name| *name != "AND") {
        return Err(Error::malformed("filter", other, "`AND` alone"));
    }
    let predicates = filter.objects("AND")?;
    let predicates: Vec<Predicate> = predicates
        .iter()
        .map(|predicate| Predicate::parse(predicate, attributes))
        .collect::<Result<_, _>>()?;
    let values: usize = predicates.iter().map(|predicate| predicate.values.len()).sum();
    if values > MAX_VALUES {
        let expected = format!("at most {MAX_VALUES} of them");
        return Err(Error::malformed("filter", &format!("{values} values"), expected));
    }
    Ok(predicates.iter().map(Predicate::filter).collect())
}

impl Predicate {
    fn parse(fields: &Fields<'_>, attributes: &[Attribute]) -> Result<Self, Error> {
        let attribute = fields.one_of("attribute", attributes.iter().copied(), Attribute::name)?;
        let comparator = fields.one_of("comparator", Comparator::ALL, Comparator::name)?;
        let value = |fields: Fields<'_>| {
            let value = fields.text("value")?.map(str::to_owned);
            value.ok_or_else(|| Error::malformed(fields.path("value"), "nothing", "a text"))
        };
        let values: Vec<String> =
            fields.objects("values")?.into_iter().map(value).collect::<Result<_, _>>()?;
        let is_of_substrings = matches!(comparator, Comparator::Contains | Comparator::ContainsNone);
        // Every value contains an empty substring.
        if values.is_empty() || (is_of_substrings && values.iter().any(String::is_empty)) {
            let found = if values.is_empty() { "no value" } else { "an empty one" };
            return Err(Error::malformed(fields.path("values"), found, "one or more"));
        }
        Ok(Self { attribute, comparator, values })
    }

    fn filter(&self) -> Filter {
        let dimension = self.attribute.dimension();
        match self.comparator {
            Comparator::Is => self.ignoring_case_if_needed(Filter::is(dimension, self.whole_values())),
            Comparator::IsNot => self.ignoring_case_if_needed(Filter::is_not(dimension, self.whole_values())),
            Comparator::Contains => Filter::contains(dimension, self.substrings()),
            Comparator::ContainsNone => Filter::contains_none(dimension, self.substrings()),
        }
    }

    fn ignoring_case_if_needed(&self, filter: Filter) -> Filter {
        if self.attribute.needs_ignoring_case() { filter.ignoring_case() } else { filter }
    }

    /// Returns the values, and an empty text (the absent value) if one of them is its name.
    fn whole_values(&self) -> impl Iterator<Item = &str> {
        let absent = self.values.iter().any(|value| self.attribute.is_absent(value)).then_some("");
        self.values.iter().map(String::as_str).chain(absent)
    }

    /// Returns the substrings, and an empty text (the absent value) if its name contains one of them.
    fn substrings(&self) -> impl Iterator<Item = &str> {
        let name = self.attribute.display(None).to_ascii_lowercase();
        let is_contained = |value: &String| name.contains(&value.to_ascii_lowercase());
        let absent = self.values.iter().any(is_contained).then_some("");
        self.values.iter().map(String::as_str).chain(absent)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::dimension::Dimension;

    fn filters(filter: Value) -> Result<Vec<Filter>, Error> {
        let body = json!({ "filter": filter });
        parse(&Fields::new(body.as_object().unwrap()), &Attribute::ALL)
    }

    fn of(attribute: &str, comparator: &str, values: &[&str]) -> Value {
        let values: Vec<Value> = values.iter().map(|value| json!({ "value": value })).collect();
        json!({ "attribute": attribute, "comparator": comparator, "values": values })
    }

    #[test]
    fn without_predicates_everything_is_kept() {
        for filter in [json!(null), json!({}), json!({"AND": null}), json!({"AND": []})] {
            assert_eq!(filters(filter).unwrap(), []);
        }
    }

    #[test]
    fn the_four_comparators_take_any_or_none_of_their_values() {
        for (predicate, filter) in [
            (
                of("domain", "=", &["a.example", "b.example"]),
                Filter::is(Dimension::Domain, ["a.example", "b.example"]),
            ),
            (of("ip", "!=", &["192.0.2.7"]), Filter::is_not(Dimension::Ip, ["192.0.2.7"])),
            (of("domain", "contains", &["acme", "b."]), Filter::contains(Dimension::Domain, ["acme", "b."])),
            (of("ip_pool", "not contains", &["x"]), Filter::contains_none(Dimension::IpPool, ["x"])),
            // Names are compared case-insensitively.
            (of("tag", "=", &["VIP"]), Filter::is(Dimension::Tag, ["vip"]).ignoring_case()),
            (of("tag", "!=", &["VIP"]), Filter::is_not(Dimension::Tag, ["vip"]).ignoring_case()),
            (of("bot", "=", &["Apple"]), Filter::is(Dimension::Bot, ["apple"]).ignoring_case()),
            (of("country", "=", &["DE"]), Filter::is(Dimension::Country, ["de"]).ignoring_case()),
            (of("device", "=", &["mobile"]), Filter::is(Dimension::Device, ["mobile"]).ignoring_case()),
            (
                of("recipient_provider", "=", &["google"]),
                Filter::is(Dimension::Provider, ["Google"]).ignoring_case(),
            ),
            (of("subaccount", "=", &["S-1"]), Filter::is(Dimension::Subaccount, ["S-1"])),
            // The names of absent values.
            (of("tag", "=", &["untagged"]), Filter::is(Dimension::Tag, ["untagged", ""]).ignoring_case()),
            (of("bot", "!=", &["None"]), Filter::is_not(Dimension::Bot, ["none", ""]).ignoring_case()),
            (of("recipient_domain", "=", &["Other"]), Filter::is(Dimension::RecipientDomain, ["other", ""])),
            (of("subaccount", "=", &[""]), Filter::is_absent(Dimension::Subaccount)),
            (of("subaccount", "=", &["None"]), Filter::is(Dimension::Subaccount, ["None"])),
            // And substrings of them.
            (of("tag", "contains", &["TAG"]), Filter::contains(Dimension::Tag, ["tag", ""])),
            // One of several is enough.
            (
                of("tag", "=", &["vip", "Untagged"]),
                Filter::is(Dimension::Tag, ["untagged", "vip", ""]).ignoring_case(),
            ),
            (of("tag", "contains", &["vip", "TAG"]), Filter::contains(Dimension::Tag, ["tag", "vip", ""])),
            (of("tag", "contains", &["vip"]), Filter::contains(Dimension::Tag, ["vip"])),
            (of("device", "not contains", &["know"]), Filter::contains_none(Dimension::Device, ["know", ""])),
            (of("ip", "contains", &["192"]), Filter::contains(Dimension::Ip, ["192"])),
        ] {
            assert_eq!(filters(json!({ "AND": [predicate] })).unwrap(), [filter], "{predicate}");
        }
    }

    #[test]
    fn an_invalid_condition_is_refused_and_never_ignored() {
        let labelled =
            json!({"attribute": "tag", "comparator": "=", "values": [{"label": "A", "value": "a"}]});
        assert_eq!(
            filters(json!({ "AND": [labelled] })).unwrap(),
            filters(json!({ "AND": [of("tag", "=", &["a"])] })).unwrap()
        );
        for (filter, path) in [
            (json!({"OR": []}), "filter"),
            (json!({"AND": [], "OR": []}), "filter"),
            (json!({"and": []}), "filter"),
            (json!([]), "filter"),
            (json!({"AND": {}}), "filter.AND"),
            (json!({"AND": [7]}), "filter.AND[0]"),
            (json!({"AND": [{}]}), "filter.AND[0].attribute"),
            (json!({"AND": [of("Tag", "=", &["a"])]}), "filter.AND[0].attribute"),
            (json!({"AND": [of("time", "=", &["a"])]}), "filter.AND[0].attribute"),
            (json!({"AND": [of("tag", "=", &["a"]), of("tag", "", &["a"])]}), "filter.AND[1].comparator"),
            (json!({"AND": [of("tag", "CONTAINS", &["a"])]}), "filter.AND[0].comparator"),
            (json!({"AND": [of("tag", "=", &[])]}), "filter.AND[0].values"),
            (json!({"AND": [of("tag", "contains", &["a", ""])]}), "filter.AND[0].values"),
            (json!({"AND": [of("tag", "not contains", &[""])]}), "filter.AND[0].values"),
            (
                json!({"AND": [{"attribute": "tag", "comparator": "=", "values": ["a"]}]}),
                "filter.AND[0].values[0]",
            ),
            (
                json!({"AND": [{"attribute": "tag", "comparator": "=", "values": [{"label": "a"}]}]}),
                "filter.AND[0].values[0].value",
            ),
        ] {
            let error = filters(filter.clone()).unwrap_err();
            assert!(matches!(&error, Error::Malformed { name, .. } if name == path), "{filter}: {error}");
        }
    }

    #[test]
    fn a_filter_has_a_maximum_number_of_values() {
        let values = vec!["a"; MAX_VALUES];
        assert!(filters(json!({ "AND": [of("tag", "=", &values)] })).is_ok());
        let error = filters(json!({ "AND": [of("tag", "=", &values), of("ip", "=", &["a"])] })).unwrap_err();
        let text = "Invalid format for parameter filter: 1001 values, expected at most 1000 of them";
        assert_eq!(error.to_string(), text);
    }
}
