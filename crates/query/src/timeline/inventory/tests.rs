//! The inventory keeps the best proof, and comes back from its file as it was.

use super::*;

fn item(cluster: &str, kind: Kind, value: &str, confidence: Confidence, time: i64) -> Item {
    let proof =
        Proof { time: Some(time), event_id: format!("e{time}"), source_uri: "a\tb".to_owned(), source_record: Some(1) };
    Item {
        cluster: cluster.to_owned(),
        kind,
        value: value.to_owned(),
        account: "111122223333".to_owned(),
        confidence,
        proof,
    }
}

#[test]
fn the_better_confidence_stays_and_then_the_earlier_proof() {
    let mut inventory = Inventory::default();
    inventory.add(item("demo", Kind::Instance, "i-1", Confidence::Likely, 5));
    inventory.add(item("demo", Kind::Instance, "i-1", Confidence::Certain, 9));
    inventory.add(item("demo", Kind::Instance, "i-1", Confidence::Certain, 7));
    inventory.add(item("demo", Kind::Instance, "i-1", Confidence::Likely, 1));
    let kept: Vec<Item> = inventory.items().collect();
    assert_eq!(kept.len(), 1);
    assert_eq!((kept[0].confidence, kept[0].proof.time), (Confidence::Certain, Some(7)));
    inventory.add(item("staging", Kind::Instance, "i-1", Confidence::Certain, 7));
    assert_eq!(inventory.owners(Kind::Instance, "i-1").into_iter().collect::<Vec<_>>(), ["demo", "staging"]);
    assert!(inventory.owners(Kind::Interface, "i-1").is_empty());
}

#[test]
fn an_inventory_comes_back_as_it_was_and_a_cut_file_does_not() {
    let mut inventory = Inventory::default();
    for name in ["demo", "odd\tna\\me\n\\t"] {
        inventory.clusters.insert(name.to_owned());
        inventory.add(item(name, Kind::Role, "demo-node\r", Confidence::Likely, 3));
    }
    let text = store::print(&inventory);
    assert_eq!(store::parse(&text, Keys::default()), Some(inventory));
    for cut in [0, text.len() / 2, text.len() - 4] {
        assert_eq!(store::parse(&text[..cut], Keys::default()), None, "{cut}");
    }
    assert_eq!(store::parse("nonsense\nend\n", Keys::default()), None);
}

#[test]
fn only_keys_that_can_have_been_in_use_are_read() {
    let mut inventory = Inventory::default();
    let hour = 3_600 * 1_000_000;
    inventory.add(item("demo", Kind::PodKey, "ASIAOLDEXAMPLE", Confidence::Certain, hour));
    inventory.add(item("demo", Kind::PodKey, "ASIANEWEXAMPLE", Confidence::Certain, 90 * hour));
    inventory.add(item("demo", Kind::Role, "demo-node", Confidence::Certain, hour));
    let text = store::print(&inventory);
    let values = |keys| -> Vec<String> { store::parse(&text, keys).unwrap().items().map(|item| item.value).collect() };
    assert_eq!(values(Keys::in_use(Some(100 * hour), None)), ["demo-node", "ASIANEWEXAMPLE"]);
    assert_eq!(values(Keys::in_use(Some(30 * hour), Some(50 * hour))), ["demo-node", "ASIAOLDEXAMPLE"]);
    assert_eq!(values(Keys::default()).len(), 3);
}
