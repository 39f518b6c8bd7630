//! Sets, hashes and lists.

use std::collections::BTreeSet;
use std::time::Instant;

use parlor_plugin::{ListEnd, PresenceError};

use super::kinds::{Elements, Fields, Members};
use super::values::{Size, Values, add};

type Result<T> = std::result::Result<T, PresenceError>;

impl Values {
    pub fn set_add(&mut self, now: Instant, key: String, member: String) -> Result<bool> {
        let known = self.find::<Members>(now, &key)?;
        if known.is_some_and(|members| members.contains(&member)) {
            return Ok(false);
        }
        let size = Size::of(member.len());
        self.change(now, &key, Size::NOTHING, size, |members: &mut Members| {
            members.insert(member)
        })
    }

    pub fn set_remove(&mut self, now: Instant, key: String, member: String) -> Result<bool> {
        let known = self.find::<Members>(now, &key)?;
        if !known.is_some_and(|members| members.contains(&member)) {
            return Ok(false);
        }
        let size = Size::of(member.len());
        self.change(now, &key, size, Size::NOTHING, |members: &mut Members| {
            members.remove(&member)
        })
    }

    pub fn set_contains(&mut self, now: Instant, key: String, member: String) -> Result<bool> {
        let members = self.find::<Members>(now, &key)?;
        Ok(members.is_some_and(|members| members.contains(&member)))
    }

    pub fn set_members(&mut self, now: Instant, key: String) -> Result<Vec<String>> {
        let members = self.find::<Members>(now, &key)?;
        Ok(members.into_iter().flatten().cloned().collect())
    }

    pub fn set_size(&mut self, now: Instant, key: String) -> Result<u32> {
        Ok(self
            .find::<Members>(now, &key)?
            .map_or(0, |members| count(members.len())))
    }

    pub fn set_intersection(&mut self, now: Instant, keys: Vec<String>) -> Result<Vec<String>> {
        // Once each, so that the work is bounded by what the sets hold.
        let keys: BTreeSet<String> = keys.into_iter().collect();
        for key in &keys {
            self.find::<Members>(now, key)?;
        }
        let sets: Option<Vec<&Members>> = keys.iter().map(|key| self.peek(key).ok().flatten()).collect();
        let mut sets = sets.unwrap_or_default();
        sets.sort_by_key(|members| members.len());
        let Some((smallest, others)) = sets.split_first() else {
            return Ok(Vec::new());
        };
        let common = smallest
            .iter()
            .filter(|member| others.iter().all(|members| members.contains(*member)));
        Ok(common.cloned().collect())
    }

    pub fn hash_set(&mut self, now: Instant, key: String, field: String, value: String) -> Result<()> {
        let fields = self.find::<Fields>(now, &key)?;
        let before = fields.and_then(|fields| fields.get(&field));
        let gone = before.map_or(Size::NOTHING, |before| Size::of(field.len() + before.len()));
        let size = Size::of(field.len() + value.len());
        self.change(now, &key, gone, size, |fields: &mut Fields| {
            fields.insert(field, value);
        })
    }

    pub fn hash_get(&mut self, now: Instant, key: String, field: String) -> Result<Option<String>> {
        let fields = self.find::<Fields>(now, &key)?;
        Ok(fields.and_then(|fields| fields.get(&field)).cloned())
    }

    pub fn hash_remove(&mut self, now: Instant, key: String, field: String) -> Result<bool> {
        let fields = self.find::<Fields>(now, &key)?;
        let Some(before) = fields.and_then(|fields| fields.get(&field)) else {
            return Ok(false);
        };
        let size = Size::of(field.len() + before.len());
        self.change(now, &key, size, Size::NOTHING, |fields: &mut Fields| {
            fields.remove(&field);
        })?;
        Ok(true)
    }

    pub fn hash_entries(&mut self, now: Instant, key: String) -> Result<Vec<(String, String)>> {
        let fields = self.find::<Fields>(now, &key)?;
        Ok(fields
            .into_iter()
            .flatten()
            .map(|(field, value)| (field.clone(), value.clone()))
            .collect())
    }

    pub fn hash_size(&mut self, now: Instant, key: String) -> Result<u32> {
        Ok(self
            .find::<Fields>(now, &key)?
            .map_or(0, |fields| count(fields.len())))
    }

    pub fn hash_increment(&mut self, now: Instant, key: String, field: String, by: i64) -> Result<i64> {
        let fields = self.find::<Fields>(now, &key)?;
        let sum = add(fields.and_then(|fields| fields.get(&field)), by)?;
        self.hash_set(now, key, field, sum.to_string())?;
        Ok(sum)
    }

    pub fn list_push(&mut self, now: Instant, key: String, value: String, at: ListEnd) -> Result<u32> {
        self.find::<Elements>(now, &key)?;
        let size = Size::of(value.len());
        self.change(now, &key, Size::NOTHING, size, |elements: &mut Elements| {
            match at {
                ListEnd::Front => elements.push_front(value),
                ListEnd::Back => elements.push_back(value),
            }
            count(elements.len())
        })
    }

    pub fn list_pop(&mut self, now: Instant, key: String, at: ListEnd) -> Result<Option<String>> {
        let elements = self.find::<Elements>(now, &key)?;
        let next = elements.and_then(|elements| match at {
            ListEnd::Front => elements.front(),
            ListEnd::Back => elements.back(),
        });
        let Some(next) = next else { return Ok(None) };
        let size = Size::of(next.len());
        self.change(
            now,
            &key,
            size,
            Size::NOTHING,
            |elements: &mut Elements| match at {
                ListEnd::Front => elements.pop_front(),
                ListEnd::Back => elements.pop_back(),
            },
        )
    }

    pub fn list_length(&mut self, now: Instant, key: String) -> Result<u32> {
        Ok(self
            .find::<Elements>(now, &key)?
            .map_or(0, |elements| count(elements.len())))
    }
}

/// No space holds more than a `u32` can count: it would need that many entries.
fn count(length: usize) -> u32 {
    u32::try_from(length).unwrap_or(u32::MAX)
}
