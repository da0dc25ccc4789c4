//! The example `workload` as a program: its answers over a small file.

use std::fs;
use std::path::Path;
use std::process::Command;

use crate::program::build;

const ROWS: &str = "\
account,message,id,kind,qualifier,at,domain,category,stream,mailbox,provider,country,device
0,m1,e1,accepted,outgoing,1769904000000,d1.example,\"news, daily\",bulk,box@d1.example,Google,,
0,m1,e2,opened,human,1769990400000,d1.example,\"news, daily\",bulk,box@d1.example,Google,DE,mobile
0,m1,e2,opened,human,1769990400000,d1.example,\"news, daily\",bulk,box@d1.example,Google,DE,mobile
7,m1,e1,sent,,1769904000000,,,,,,,
";

#[test]
fn the_answers_are_sorted_lines_and_a_repeat_counts_once() {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("workload");
    fs::create_dir_all(&folder).unwrap();
    let (rows, answers, times) = (folder.join("rows.csv"), folder.join("answers"), folder.join("times.json"));
    fs::write(&rows, ROWS).unwrap();
    let mut program = Command::new(build("workload", "dev"));
    let program =
        program.arg(&rows).args(["--reps", "1", "--answers"]).arg(&answers).arg("--json").arg(&times);
    let output = program.output().unwrap();
    let printed = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success() && printed.starts_with("4 rows in "), "{printed}");
    assert!(printed.contains(": 3 events, 1 repeats, 0 conflicts, 2 messages"), "{printed}");
    let answer = |name: &str| fs::read_to_string(answers.join(format!("{name}.tsv"))).unwrap();
    assert_eq!(answer("category30"), "news, daily\taccepted.outgoing\t1\nnews, daily\topened.human\t1\n");
    assert_eq!(
        answer("everyone90"),
        "0|1769904000000\taccepted.outgoing\t1\n0|1769990400000\topened.human\t1\n7|1769904000000\tsent.\t1\n"
    );
    assert_eq!(answer("status90"), "1769904000000\t0\t1\n");
    assert_eq!(
        answer("cohort30"),
        "d1.example\tclicked\t0\nd1.example\tdelivered\t0\nd1.example\topened\t1\n"
    );
    let times: serde_json::Value = serde_json::from_str(&fs::read_to_string(times).unwrap()).unwrap();
    let questions = times["mailtally"]["questions"].as_object().unwrap();
    assert_eq!((questions.len(), &questions["country30"]["rows"]), (15, &serde_json::json!(1)));
}
