//! Measures what disagreed once more, when nothing else runs: a browser that measures a hundred servers at once on a busy
//! machine may be late by chance. What is wrong is wrong twice.

use super::lab::Lab;
use super::measure;
use super::table::Condition;
use super::timing::{self, Time};
use super::verdict::{Found, Party};

/// Of more conditions than these none is measured again: so many are not wrong by chance.
const MOST: usize = 8;
/// How many probes run at once.
const PROBES: usize = 4;

/// Measures again what is not as its condition says: by those only on whose measurement that rests.
pub(super) fn measure(lab: &Lab, numbered: &[(u8, &Condition)], found: &mut [Found], times: &mut [Time]) {
    let faults: Vec<_> =
        numbered.iter().zip(&*found).map(|((_, condition), found)| found.faults(condition)).collect();
    let wrong = faults.iter().filter(|faults| !faults.is_empty()).count();
    if wrong > MOST {
        println!("{wrong} conditions disagree: too many for chance, so none is measured again");
        return;
    }
    for (found, faults) in found.iter_mut().zip(faults) {
        found.at_first = faults;
    }
    let in_chromium = doubtful(found, Party::Chromium);
    if !in_chromium.is_empty() || timing::are_doubtful(times) {
        let mut browser = measure::start_chromium(lab);
        timing::measure_again(lab, &mut browser, times);
        let measured = measure::in_chromium(&mut browser, &chosen(numbered, &in_chromium));
        in_chromium.into_iter().zip(measured).for_each(|(at, measured)| found[at].chromium = measured);
    }
    let by_probe = doubtful(found, Party::Probe);
    let probed = measure::by_probe(lab, &chosen(numbered, &by_probe), PROBES);
    by_probe.into_iter().zip(probed).for_each(|(at, probed)| found[at].probed = probed);
    let in_firefox = doubtful(found, Party::Firefox);
    if !in_firefox.is_empty() {
        let measured = measure::in_firefox(lab, &chosen(numbered, &in_firefox));
        in_firefox.into_iter().zip(measured).for_each(|(at, measured)| found[at].firefox = measured);
    }
}

/// The places of the conditions that are doubtful because of a party.
fn doubtful(found: &[Found], party: Party) -> Vec<usize> {
    (0..found.len()).filter(|at| found[*at].is_doubtful(party)).collect()
}

fn chosen<'a>(numbered: &[(u8, &'a Condition)], places: &[usize]) -> Vec<(u8, &'a Condition)> {
    places.iter().map(|at| numbered[*at]).collect()
}
