//! The inventory keeps the best proof, and comes back from its file as it was.

#![expect(clippy::disallowed_methods, reason = "a test's own runtime")]

use std::sync::Arc;

use datafusion::catalog::TableProvider;
use datafusion::datasource::MemTable;

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

/// A context with an inventory in a table as it is kept.
fn kept(inventory: &Inventory) -> (SessionContext, Arc<dyn TableProvider>) {
    let table = MemTable::try_new(store::schema(), vec![vec![store::batch(inventory).unwrap()]]).unwrap();
    (SessionContext::new(), Arc::new(table))
}

#[tokio::test]
async fn an_inventory_comes_back_as_it_was() {
    let mut inventory = Inventory::default();
    for name in ["demo", "odd\tna\\me\n\\t"] {
        inventory.clusters.insert(name.to_owned());
        inventory.add(item(name, Kind::Role, "demo-node\r", Confidence::Likely, 3));
        inventory.add(item(name, Kind::LoginKey, "ASIAEXAMPLE", Confidence::Certain, 4));
    }
    inventory.clusters.insert("without anything".to_owned());
    let (context, table) = kept(&inventory);
    assert_eq!(store::read(&context, Arc::clone(&table), Reading::All).await.unwrap(), inventory);
    let names = store::read(&context, table, Reading::Clusters).await.unwrap();
    assert_eq!((names.clusters, names.items.len()), (inventory.clusters, 0));
}

#[tokio::test]
async fn only_keys_that_can_have_been_in_use_are_read() {
    let mut inventory = Inventory::default();
    let hour = 3_600 * 1_000_000;
    inventory.add(item("demo", Kind::PodKey, "ASIAOLDEXAMPLE", Confidence::Certain, hour));
    inventory.add(item("demo", Kind::PodKey, "ASIANEWEXAMPLE", Confidence::Certain, 90 * hour));
    inventory.add(item("demo", Kind::Role, "demo-node", Confidence::Certain, hour));
    let (context, table) = kept(&inventory);
    for (keys, expected) in [
        (Keys::in_use(Some(100 * hour), None), vec!["demo-node", "ASIANEWEXAMPLE"]),
        (Keys::in_use(Some(30 * hour), Some(50 * hour)), vec!["demo-node", "ASIAOLDEXAMPLE"]),
        (Keys::default(), vec!["demo-node", "ASIANEWEXAMPLE", "ASIAOLDEXAMPLE"]),
    ] {
        let read = store::read(&context, Arc::clone(&table), Reading::Things(keys)).await.unwrap();
        assert_eq!(read.items().map(|item| item.value).collect::<Vec<_>>(), expected);
        assert!(read.items().all(|item| item.proof == Proof::default()));
    }
}
