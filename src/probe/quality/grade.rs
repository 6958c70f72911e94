//! The grade of a call: the worst verdict on what was measured of it.

use std::time::Duration;

use super::call::Outcome;
use super::figures::{leg, percentiles, reordered_percent};
use super::verdict::{Criterion, LONG, SHORT, Verdict};
use crate::probe::report::RowError;
use crate::probe::report::quality::{LargestPacket, Percentiles, Quality, ServerLeg};
use crate::protocol::flow::{Flow, Losses};
use crate::protocol::samples::Samples;

/// The fewest lost or reordered packets that say something about a path.
const LEAST_EVENTS: u32 = 2;
/// When nothing arrives for so long until the end, the relay has stopped.
const SILENCE: Duration = Duration::from_millis(500);

/// The quality when no media could be sent at all.
pub(super) fn unmeasured(error: &RowError) -> Quality {
    let Verdict { grade, reason, .. } = Verdict::poor(format!("no media could be sent: {}", error.message));
    Quality {
        grade,
        reason,
        duration_s: 0.0,
        up: None,
        down: None,
        server: leg(&Samples::default()),
        largest_packet: None,
        pace_ms: None,
    }
}

/// The verdict on a call.
pub(super) fn of_call(
    outcome: &Outcome,
    pace: Option<Percentiles>,
    largest: Option<LargestPacket>,
) -> Verdict {
    let Outcome { up, down, took, broken, refused, .. } = outcome;
    let ways = [("up: ", up), ("down: ", down)];
    let mut verdict = ways
        .into_iter()
        .flat_map(|(name, flow)| of_flow(name, flow, *took))
        .fold(Verdict::good(), Verdict::worse);
    if let Some(LargestPacket { bytes, needed_bytes }) =
        largest.filter(|largest| largest.bytes < largest.needed_bytes)
    {
        verdict = verdict.worse(Verdict::split(bytes, needed_bytes));
    }
    if let Some((after, error)) = refused {
        let after = after.as_secs_f64();
        verdict = Verdict::poor(format!(
            "the server did not renew the relay after {after:.1} s: {}",
            error.message
        ));
    }
    if let Some(error) = broken {
        verdict = of_broken_connection(*took, &error.to_string());
    }
    verdict.beside_machine(outcome, pace)
}

/// The verdict when the server ended the connection after `took`.
pub(super) fn of_broken_connection(took: Duration, why: &str) -> Verdict {
    Verdict::poor(format!("the connection to the server broke after {:.1} s: {why}", took.as_secs_f64()))
}

fn of_flow(name: &str, flow: &Flow, took: Duration) -> Vec<Verdict> {
    if flow.received() == 0 {
        return vec![Verdict::silent(format!("{name}none of {} packets arrived", flow.sent()))];
    }
    let mut verdicts = Vec::new();
    if let Some(since) = flow.silent_since().filter(|since| *since + SILENCE < took) {
        let reason = format!("{name}nothing arrived any more after {:.1} s", since.as_secs_f64());
        verdicts.push(Verdict::silent(reason));
    }
    for (criterion, span) in [(Criterion::Loss, LONG), (Criterion::Burst, SHORT)] {
        let worst = flow.worst_losses(span, took, LEAST_EVENTS).map(Losses::percent);
        verdicts.extend(worst.map(|percent| Verdict::of(criterion, percent, name, span.min(took))));
    }
    if flow.reordered() >= LEAST_EVENTS {
        verdicts.push(Verdict::of(Criterion::Reordering, reordered_percent(flow), name, took));
    }
    verdicts.push(Verdict::of(Criterion::Jitter, flow.jitter_ms(), name, took));
    let trips = percentiles(flow.trips_us());
    verdicts.extend(trips.map(|trips| Verdict::of(Criterion::Trip, trips.p50, name, took)));
    verdicts
}

/// The verdict on a STUN server, by its requests within `took`: losses and round-trip times only.
pub(super) fn of_requests(leg: ServerLeg, took: Duration) -> Verdict {
    let Some(rtt) = leg.rtt_ms else {
        return Verdict::poor(format!("none of {} requests was answered", leg.sent));
    };
    let verdict = Verdict::good().worse(Verdict::of(Criterion::Trip, rtt.p50, "", took));
    if leg.sent - leg.received < LEAST_EVENTS {
        return verdict;
    }
    let lost = leg.sent - leg.received;
    let most = LEAST_EVENTS - 1;
    let mut by_loss = Verdict::of(Criterion::Loss, leg.lost_percent, "", took);
    by_loss.reason = format!("{lost} of {} requests were lost (good: at most {most})", leg.sent);
    verdict.worse(by_loss)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::probe::quality::pace::Pace;
    use crate::probe::quality::side::Unsent;
    use crate::probe::report::quality::Grade;
    use crate::protocol::transaction::{ErrorResponse, TransactionError};

    const SECOND: Duration = Duration::from_secs(1);

    /// 10 s of a packet each 5 ms, of which those are lost and delayed that the functions say.
    fn flow(is_lost: impl Fn(u32) -> bool, trip_ms: impl Fn(u32) -> f64) -> Flow {
        let mut flow = Flow::default();
        let mut arrivals = Vec::new();
        for number in 0..2000 {
            let sent = Duration::from_millis(5) * number;
            flow.send(sent);
            if !is_lost(number) {
                arrivals.push((sent + Duration::from_secs_f64(trip_ms(number) / 1000.0), number));
            }
        }
        arrivals.sort_unstable();
        arrivals.iter().for_each(|(at, number)| flow.receive(*number, *at, 100));
        flow
    }

    fn outcome(up: Flow, down: Flow) -> Outcome {
        Outcome {
            up,
            down,
            samples: Samples::default(),
            pace: Pace::default(),
            took: 10 * SECOND,
            least_hops: None,
            dropped: [0; 2],
            longest_pause: Duration::ZERO,
            put_off: Duration::ZERO,
            refused: None,
            unsent: Unsent::default(),
            broken: None,
        }
    }

    fn verdict(up: Flow, down: Flow) -> Verdict {
        of_call(&outcome(up, down), None, None)
    }

    /// The verdict on such a direction beside a good one is the same whichever it is.
    #[track_caller]
    fn assert_graded(
        grade: Grade,
        reason: &str,
        is_lost: impl Fn(u32) -> bool,
        trip_ms: impl Fn(u32) -> f64,
    ) {
        for name in ["up", "down"] {
            let (bad, good) = (flow(&is_lost, &trip_ms), flow(|_| false, |_| 5.0));
            let found = if name == "up" { verdict(bad, good) } else { verdict(good, bad) };
            let reason = reason.replace("up:", &format!("{name}:"));
            assert_eq!((found.grade, found.reason), (grade, reason));
        }
    }

    #[test]
    fn grades_by_each_limit() {
        let good = "everything measured is within the limits of a good call";
        let never = |_| false;
        let steady = |_| 5.0;
        assert_graded(Grade::Good, good, never, steady);
        assert_graded(Grade::Good, good, never, |_| 99.0);
        assert_graded(
            Grade::Fair,
            "up: half of the trips took 100 ms or more (good: under 100 ms)",
            never,
            |_| 100.0,
        );
        assert_graded(
            Grade::Fair,
            "up: half of the trips took 199 ms or more (good: under 100 ms)",
            never,
            |_| 199.0,
        );
        assert_graded(
            Grade::Poor,
            "up: half of the trips took 201 ms or more (good: under 100 ms)",
            never,
            |_| 201.0,
        );
        // Of 2000 packets 20 are 1 %.
        let each = |step: u32| move |number: u32| number % step == step / 2;
        assert_graded(Grade::Good, good, each(125), steady);
        assert_graded(
            Grade::Fair,
            "up: 1.0 % of the packets were lost within 10 s (good: under 1 %)",
            each(100),
            steady,
        );
        assert_graded(
            Grade::Poor,
            "up: 2.5 % of the packets were lost within 10 s (good: under 1 %)",
            each(40),
            steady,
        );
        // 40 packets are 200 ms.
        assert_graded(Grade::Good, good, |number| (1000..1003).contains(&number), steady);
        let burst = |lost: u32| move |number: u32| (1000..1000 + lost).contains(&number);
        assert_graded(
            Grade::Fair,
            "up: 12 % of the packets were lost within 200 ms (good: under 10 %)",
            burst(5),
            steady,
        );
        assert_graded(
            Grade::Poor,
            "up: 22 % of the packets were lost within 200 ms (good: under 10 %)",
            burst(9),
            steady,
        );
    }

    #[test]
    fn jitter_and_order_are_graded_as_well() {
        let never = |_| false;
        let good = "everything measured is within the limits of a good call";
        // Each trip differs from the one before it; within 5 ms the order is kept.
        let found = verdict(flow(never, |number| f64::from(number % 2) * 4.0 + 5.0), flow(never, |_| 5.0));
        assert_eq!((found.grade, &*found.reason), (Grade::Good, good));
        // One of 2000 packets out of order is 0.05 %, and no verdict.
        let late = |last: u32| move |number: u32| if number % 10 == 5 && number < last { 12.5 } else { 5.0 };
        assert_eq!(verdict(flow(never, late(10)), flow(never, |_| 5.0)).grade, Grade::Good);
        assert_graded(
            Grade::Fair,
            "up: 0.10 % of the packets arrived out of order (good: under 0.05 %)",
            never,
            late(20),
        );
        let each_hundredth = |number: u32| if number.is_multiple_of(100) { 12.5 } else { 5.0 };
        assert_graded(
            Grade::Poor,
            "up: 1.0 % of the packets arrived out of order (good: under 0.05 %)",
            never,
            each_hundredth,
        );
    }

    #[test]
    fn one_event_is_no_verdict_and_nothing_at_all_is_poor() {
        assert_eq!(verdict(flow(|number| number == 7, |_| 5.0), flow(|_| false, |_| 5.0)).grade, Grade::Good);
        let silent = verdict(flow(|_| false, |_| 5.0), flow(|_| true, |_| 5.0));
        assert_eq!((silent.grade, &*silent.reason), (Grade::Poor, "down: none of 2000 packets arrived"));
    }

    #[test]
    fn a_broken_connection_is_poor() {
        let (up, down) = (flow(|_| false, |_| 5.0), flow(|_| false, |_| 5.0));
        let broken = Some(std::io::ErrorKind::UnexpectedEof.into());
        let Verdict { grade, reason, .. } = of_call(&Outcome { broken, ..outcome(up, down) }, None, None);
        let expected = "the connection to the server broke after 10.0 s: unexpected end of file";
        assert_eq!((grade, &*reason), (Grade::Poor, expected));
    }

    #[test]
    fn what_this_machine_is_the_cause_of_is_not_blamed_on_the_server() {
        let good = || flow(|_| false, |_| 5.0);
        let lossy = || flow(|number| number % 10 == 5, |_| 5.0);
        let late = |p99| Some(Percentiles { p50: 0.1, p95: 3.0, p99 });
        let pause = Duration::from_millis(90);
        let paused = |outcome| Outcome { longest_pause: pause, ..outcome };
        let dropping = |outcome, dropped| Outcome { dropped: [dropped, 0], ..outcome };
        for (outcome, pace, grade, reason) in [
            (
                outcome(good(), good()),
                late(5.1),
                Grade::Good,
                "everything measured is within the limits of a good call; this machine itself sent 1 % of the packets 5.1 ms late or more",
            ),
            (
                paused(outcome(good(), good())),
                None,
                Grade::Good,
                "everything measured is within the limits of a good call",
            ),
            (
                paused(outcome(lossy(), good())),
                None,
                Grade::Poor,
                "up: 10 % of the packets were lost within 10 s (good: under 1 %); this machine itself paused for 90 ms",
            ),
            (
                dropping(outcome(lossy(), good()), 20),
                None,
                Grade::Poor,
                "up: 10 % of the packets were lost within 10 s (good: under 1 %); this machine itself dropped 20 packets that had arrived",
            ),
            (
                dropping(outcome(lossy(), good()), 150),
                None,
                Grade::Fair,
                "this machine itself dropped 150 packets that had arrived, so this is no verdict about the server: measure again when it is idle, or with a lower --bitrate; up: 10 % of the packets were lost within 10 s (good: under 1 %)",
            ),
            (
                outcome(lossy(), good()),
                late(60.0),
                Grade::Fair,
                "this machine itself sent 1 % of the packets 60 ms late or more, so this is no verdict about the server: measure again when it is idle, or with a lower --bitrate; up: 10 % of the packets were lost within 10 s (good: under 1 %)",
            ),
            (
                Outcome { put_off: 4 * SECOND, ..outcome(good(), good()) },
                None,
                Grade::Fair,
                "this machine itself sent only 60 % of the media, so this is no verdict about the server: measure again when it is idle, or with a lower --bitrate; everything measured is within the limits of a good call",
            ),
        ] {
            let found = of_call(&outcome, pace, None);
            assert_eq!((found.grade, &*found.reason), (grade, reason));
        }
    }

    #[test]
    fn a_relay_that_stops_and_one_that_is_not_renewed_are_poor() {
        let good = || flow(|_| false, |_| 5.0);
        let stopped = verdict(good(), flow(|number| number >= 520, |_| 5.0));
        assert_eq!(
            (stopped.grade, &*stopped.reason),
            (Grade::Poor, "down: nothing arrived any more after 2.6 s")
        );
        // Within the last half second it may be a burst.
        let late = verdict(good(), flow(|number| number >= 1910, |_| 5.0));
        assert!(late.reason.contains(" were lost "), "{late:?}");
        let error = TransactionError::ErrorResponse(ErrorResponse {
            code: 437,
            reason: String::new(),
            alternate: None,
            challenge: None,
        });
        let error = RowError::turn("192.0.2.1:3478".parse().unwrap(), error, SECOND);
        let refused = Some((3 * SECOND, error));
        let found = of_call(&Outcome { refused, ..outcome(good(), good()) }, None, None);
        assert!(
            found.reason.starts_with("the server did not renew the relay after 3.0 s: 192.0.2.1:3478 "),
            "{found:?}"
        );
        assert!(found.grade == Grade::Poor && found.reason.ends_with("(error 437)"), "{found:?}");
    }

    #[test]
    fn what_this_machine_refuses_to_send_is_not_blamed_on_the_server() {
        let unsent =
            Unsent { refused: 200, why: Some(std::io::ErrorKind::PermissionDenied.into()), without_room: 0 };
        let lossy = outcome(flow(|number| number % 10 == 5, |_| 5.0), flow(|_| false, |_| 5.0));
        let found = of_call(&Outcome { unsent, ..lossy }, None, None);
        let expected = "this machine itself refused to send 200 packets (permission denied), so this is no verdict about the server: check its firewall; up: 10 % of the packets were lost within 10 s (good: under 1 %)";
        assert_eq!((found.grade, &*found.reason), (Grade::Fair, expected));
    }

    #[test]
    fn a_path_that_carries_calls_only_in_fragments_is_fair() {
        let good = || outcome(flow(|_| false, |_| 5.0), flow(|_| false, |_| 5.0));
        let graded = |bytes| of_call(&good(), None, Some(LargestPacket { bytes, needed_bytes: 1288 })).grade;
        assert_eq!([1500, 1288, 1287].map(graded), [Grade::Good, Grade::Good, Grade::Fair]);
    }

    #[test]
    fn a_stun_server_is_graded_by_loss_and_round_trips() {
        let leg = |received: u32, ms: f64| {
            let lost = f64::from(50 - received) * 2.0;
            let rtt_ms = (received > 0).then_some(Percentiles { p50: ms, p95: ms, p99: ms });
            of_requests(ServerLeg { sent: 50, received, lost_percent: lost, rtt_ms }, SECOND)
        };
        assert_eq!(
            [leg(50, 99.0), leg(49, 5.0), leg(50, 150.0), leg(48, 5.0)].map(|verdict| verdict.grade),
            [Grade::Good, Grade::Good, Grade::Fair, Grade::Poor]
        );
        assert_eq!(leg(0, 0.0).reason, "none of 50 requests was answered");
        assert_eq!(leg(48, 5.0).reason, "2 of 50 requests were lost (good: at most 1)");
        assert!(leg(50, 150.0).reason.starts_with("half of the requests took 150 ms or more"));
    }
}
