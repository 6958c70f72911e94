//! Files that import each other in a circle.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::fmt::Write as _;

use super::imports::Import;

/// For each file one import from each file that it imports from.
type Graph<'a> = BTreeMap<&'a str, BTreeMap<&'a str, &'a Import>>;

/// The shortest circle through each file that is in one, as the imports from file to file. Each circle comes once.
pub(crate) fn circles(imports: &BTreeSet<Import>) -> Vec<Vec<&Import>> {
    let mut graph = Graph::new();
    for import in imports {
        graph.entry(&import.from).or_default().entry(&import.to).or_insert(import);
    }
    let mut circles = BTreeMap::new();
    for start in graph.keys() {
        if let Some(circle) = shortest(start, &graph) {
            circles.entry(files(&circle)).or_insert(circle);
        }
    }
    circles.into_values().collect()
}

/// The files of a circle, sorted.
pub(crate) fn files<'a>(circle: &[&'a Import]) -> BTreeSet<&'a str> {
    circle.iter().map(|import| &*import.from).collect()
}

/// The shortest way along imports from a file back to it.
fn shortest<'a>(start: &str, graph: &Graph<'a>) -> Option<Vec<&'a Import>> {
    let mut reached_by: BTreeMap<&str, &Import> = BTreeMap::new();
    let mut waiting = VecDeque::from([start]);
    while let Some(file) = waiting.pop_front() {
        for (&to, &import) in graph.get(file).into_iter().flatten() {
            reached_by.entry(to).or_insert_with(|| {
                waiting.push_back(to);
                import
            });
        }
    }
    let mut circle = vec![*reached_by.get(start)?];
    while circle.last()?.from != start {
        circle.push(reached_by.get(&*circle.last()?.from)?);
    }
    circle.reverse();
    Some(circle)
}

/// Who imports what from whom, a line for each import.
pub(crate) fn described(imports: &[&Import]) -> String {
    let mut text = String::new();
    for Import { from, to, item } in imports {
        writeln!(text, "src/{from} imports {item} from src/{to}").unwrap();
    }
    text
}
