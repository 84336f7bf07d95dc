//! Who may call a function: its resource policy, which Lambda lets grow to 20,480 bytes and no further.

use serde_json::{Value, json};

use crate::places::{entries, functions, properties, resource_name, template, text};

const MAX_POLICY: usize = 10_000;

const REGION: &str = "ap-southeast-1";
const STACK: &str = "counsel-production";

/// One statement of a policy: what CloudFormation calls it, and who calls from where.
struct Permission {
    resource: String,
    service: String,
    source: String,
}

#[test]
fn the_gateway_may_call_each_function_by_one_permission() {
    let template = template();
    for function in functions() {
        let permissions = permissions(&template, &function);
        let of_gateway: Vec<_> =
            permissions.iter().filter(|permission| permission.service.starts_with("apigateway")).collect();
        assert_eq!(of_gateway.len(), 1, "{function}");
        assert!(of_gateway[0].source.ends_with(":${Api}/*"), "{function}: {}", of_gateway[0].source);
    }
}

/// A deployment that goes beyond the limit fails half way, so nobody comes near it.
#[test]
fn there_is_room_in_the_policy_of_each_function() {
    let template = template();
    let size = |function: String| {
        let policy = policy(&permissions(&template, &function), &resource_name(&function));
        (function, policy.len())
    };
    let full: Vec<_> = functions().into_iter().map(size).filter(|(_, bytes)| *bytes > MAX_POLICY).collect();
    assert!(full.is_empty(), "{full:?}");
}

/// Those that the template writes out, and one that SAM adds for each event.
fn permissions(template: &Value, function: &str) -> Vec<Permission> {
    let name = resource_name(function);
    let is_own = |(_, resource): &(&String, &Value)| {
        resource["Type"] == "AWS::Lambda::Permission" && resource["Properties"]["FunctionName"] == name
    };
    let own = entries(&template["Resources"]).filter(is_own).map(|(resource, permission)| Permission {
        resource: resource.clone(),
        service: text(&permission["Properties"]["Principal"]),
        source: text(&permission["Properties"]["SourceArn"]),
    });
    own.chain(entries(&properties(template, function)["Events"]).map(|(event, what)| of_event(&name, event, what)))
        .collect()
}

fn of_event(function: &str, event: &str, what: &Value) -> Permission {
    let resource = format!("{function}{event}Permission");
    let of_aws = "arn:${AWS::Partition}:execute-api:${AWS::Region}:${AWS::AccountId}";
    match text(&what["Type"]).as_str() {
        "Api" => {
            let method = text(&what["Properties"]["Method"]).to_uppercase().replace("ANY", "*");
            let path = text(&what["Properties"]["Path"]);
            let path = path.split('/').map(|part| if part.starts_with('{') { "*" } else { part }).collect::<Vec<_>>();
            let source = format!("{of_aws}:${{Api}}/*/{method}{}", path.join("/"));
            Permission { resource: resource + "Stage", service: "apigateway.amazonaws.com".to_owned(), source }
        }
        "Schedule" => {
            let rule = format!("{STACK}-{function}{event}-ABCDEFGHIJKLM");
            let source = format!("arn:${{AWS::Partition}}:events:${{AWS::Region}}:${{AWS::AccountId}}:rule/{rule}");
            Permission { resource, service: "events.amazonaws.com".to_owned(), source }
        }
        other => panic!("{resource}: what does SAM permit for {other}?"),
    }
}

/// As Lambda keeps it, in a region with a long name.
fn policy(permissions: &[Permission], function: &str) -> String {
    let filled = |text: &str| {
        let values = [
            ("AWS::Partition", "aws"),
            ("AWS::Region", REGION),
            ("AWS::AccountId", "123456789012"),
            ("Api", "a1b2c3d4e5"),
        ];
        values.into_iter().fold(text.to_owned(), |text, (name, value)| text.replace(&format!("${{{name}}}"), value))
    };
    let statement = |Permission { resource, service, source }: &Permission| {
        json!({
            "Sid": format!("{STACK}-{resource}-ABCDEFGHIJKLM"),
            "Effect": "Allow",
            "Principal": { "Service": service },
            "Action": "lambda:InvokeFunction",
            "Resource": format!("arn:aws:lambda:{REGION}:123456789012:function:{STACK}-{function}-ABCDEFGHIJKL"),
            "Condition": { "ArnLike": { "AWS:SourceArn": filled(source) } },
        })
    };
    let statements: Vec<_> = permissions.iter().map(statement).collect();
    json!({ "Version": "2012-10-17", "Id": "default", "Statement": statements }).to_string()
}
