//! The layers of `src/`: a module uses only modules below it.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// The modules at the root of the crate, lowest first. Each may use those before it.
const LAYERS: [&str; 31] = [
    // Events, messages and figures
    "parse_error",
    "names",
    "kind",
    "event_type",
    "status",
    "metric",
    "counts",
    "rate",
    "time",
    "provider",
    "event",
    "dimension",
    "group",
    "message",
    "filter",
    // Queries and answers
    "query",
    "contribution",
    "plan",
    "tally",
    "figure",
    "counted",
    "report",
    // Stores
    "store",
    "sql",
    "error",
    "ask",
    // Formats and APIs
    "source",
    "dialect",
    "native",
    "schema",
    "conformance",
];

/// Returns the files of `src/` with the path of their module, such as `["dialect", "krafter"]`.
fn modules() -> BTreeMap<Vec<String>, String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = BTreeMap::new();
    let mut folders: Vec<PathBuf> = vec![root.clone()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
            if entry.is_dir() {
                folders.push(entry);
            } else if entry.extension().is_some_and(|extension| extension == "rs") {
                let path = entry.strip_prefix(&root).unwrap().with_extension("");
                let path = path.iter().map(|part| part.to_str().unwrap().to_owned()).collect();
                files.insert(path, code(&fs::read_to_string(&entry).unwrap()));
            }
        }
    }
    files.remove(&vec!["lib".to_owned()]);
    files
}

/// Removes comments, and the tests at the end of a file.
fn code(text: &str) -> String {
    let text = text.split("#[cfg(test)]\nmod tests {").next().unwrap_or_default();
    let lines = text.lines().map(|line| line.split("//").next().unwrap_or_default());
    lines.collect::<Vec<_>>().join("\n")
}

/// Returns the modules that a module uses: the longest known prefix of each path that starts with `crate::` or `super::`.
fn used_modules<'a>(
    module: &[String],
    code: &str,
    all: &'a BTreeMap<Vec<String>, String>,
) -> BTreeSet<&'a [String]> {
    paths(module, code).iter().filter_map(|path| longest_known(path, all)).collect()
}

fn longest_known<'a>(path: &[String], all: &'a BTreeMap<Vec<String>, String>) -> Option<&'a [String]> {
    (1..=path.len()).rev().find_map(|len| all.get_key_value(&path[..len]).map(|(known, _)| &known[..]))
}

/// Returns the absolute paths, without `crate`, of all uses in a file, with `{…}` expanded.
fn paths(module: &[String], code: &str) -> Vec<Vec<String>> {
    let mut paths = Vec::new();
    for (start, _) in code.match_indices("crate::") {
        if !code[..start].ends_with(is_name) {
            expand(&[], &code[start + "crate::".len()..], &mut paths);
        }
    }
    for (start, _) in code.match_indices("super::") {
        if code[..start].ends_with(is_name) || code[..start].ends_with("super::") {
            continue;
        }
        let (mut base, mut rest) = (module.to_vec(), &code[start..]);
        while let Some(after) = rest.strip_prefix("super::") {
            base.pop();
            rest = after;
        }
        expand(&base, rest, &mut paths);
    }
    paths
}

fn is_name(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// Adds `base` with what follows it: `a::b`, or `{a, b::{c, d}}`.
fn expand(base: &[String], text: &str, paths: &mut Vec<Vec<String>>) {
    if let Some(list) = text.strip_prefix('{') {
        let (mut depth, mut start) = (0, 0);
        for (index, c) in list.char_indices() {
            match c {
                '{' => depth += 1,
                '}' if depth > 0 => depth -= 1,
                ',' | '}' if depth == 0 => {
                    expand(base, list[start..index].trim(), paths);
                    start = index + 1;
                    if c == '}' {
                        return;
                    }
                }
                _ => {}
            }
        }
        return;
    }
    let end = text.find(|c| !is_name(c)).unwrap_or(text.len());
    let mut path = base.to_vec();
    if end > 0 {
        path.push(text[..end].to_owned());
    }
    match text[end..].strip_prefix("::") {
        Some(rest) => expand(&path, rest, paths),
        None => paths.push(path),
    }
}

#[test]
fn every_path_names_a_module_and_not_what_the_root_reexports() {
    let all = modules();
    for (module, code) in &all {
        for path in paths(module, code) {
            assert!(
                longest_known(&path, &all).is_some(),
                "{}: crate::{}",
                module.join("::"),
                path.join("::")
            );
        }
    }
}

#[test]
fn every_module_uses_only_lower_layers() {
    let all = modules();
    let layer = |module: &[String]| LAYERS.iter().position(|layer| *layer == module[0]);
    let mut wrong = Vec::new();
    for (module, code) in &all {
        let Some(own) = layer(module) else {
            wrong.push(format!("{} is in no layer", module.join("::")));
            continue;
        };
        let higher = used_modules(module, code, &all).into_iter().filter(|used| layer(used) > Some(own));
        wrong.extend(higher.map(|used| format!("{} uses {}", module.join("::"), used.join("::"))));
    }
    assert!(wrong.is_empty(), "higher layers are used:\n{}", wrong.join("\n"));
}

#[test]
fn files_have_no_circular_dependencies_except_of_parents_and_children() {
    let all = modules();
    let edges: BTreeMap<&[String], BTreeSet<&[String]>> = all
        .iter()
        .map(|(module, code)| {
            let is_related = |used: &&[String]| used.starts_with(module) || module.starts_with(used);
            (
                &module[..],
                used_modules(module, code, &all).into_iter().filter(|used| !is_related(used)).collect(),
            )
        })
        .collect();
    // Removes files that use no remaining file, or that none uses, until only cycles and what connects them remain.
    let mut remaining: BTreeSet<&[String]> = edges.keys().copied().collect();
    loop {
        let uses_none = |module: &[String]| edges[module].is_disjoint(&remaining);
        let is_unused = |module: &[String]| !remaining.iter().any(|other| edges[other].contains(module));
        let next: BTreeSet<&[String]> =
            remaining.iter().copied().filter(|module| !uses_none(module) && !is_unused(module)).collect();
        if next.len() == remaining.len() {
            break;
        }
        remaining = next;
    }
    let cycles: Vec<String> = remaining.iter().map(|module| module.join("::")).collect();
    assert!(cycles.is_empty(), "cycles among: {}", cycles.join(", "));
}

#[test]
fn every_form_of_path_is_found() {
    let module = ["a", "b"].map(str::to_owned);
    let code =
        "use crate::{x, y::{self, z}};\nuse super::c::D;\nfn f() -> crate::e::F {}\nuse super::super::g;";
    let found: Vec<String> = paths(&module, code).iter().map(|path| path.join("::")).collect();
    assert_eq!(found, ["x", "y::self", "y::z", "e::F", "a::c::D", "g"]);
}
