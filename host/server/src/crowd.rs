//! How many connections there are, in all and from one address.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};
use std::num::NonZeroU32;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use parlor_protocol::matchmake::MatchmakeError;

/// Bits of an IPv6 address that belong to one customer of a network: the rest is theirs to choose.
const IPV6_NETWORK: u128 = !0 << 64;

/// The WebSockets that are open, and how many may be.
#[derive(Debug)]
pub(crate) struct Crowd {
    max: Option<NonZeroU32>,
    max_per_address: Option<NonZeroU32>,
    here: Mutex<Here>,
}

/// Only addresses with a connection are kept.
#[derive(Debug, Default)]
struct Here {
    total: u32,
    by_address: HashMap<IpAddr, u32>,
}

/// A connection's place. Dropped, it is free.
#[derive(Debug)]
pub(crate) struct Place {
    crowd: Arc<Crowd>,
    address: IpAddr,
}

impl Crowd {
    /// None: no limit.
    pub fn new(max: Option<NonZeroU32>, max_per_address: Option<NonZeroU32>) -> Self {
        Self {
            max,
            max_per_address,
            here: Mutex::default(),
        }
    }

    /// Whether one more connection from that address may come.
    pub fn admits(&self, address: IpAddr) -> Result<(), MatchmakeError> {
        self.check(&self.here(), network(address))
    }

    /// Takes a place.
    pub fn enter(self: &Arc<Self>, address: IpAddr) -> Result<Place, MatchmakeError> {
        let address = network(address);
        let mut here = self.here();
        self.check(&here, address)?;
        here.total += 1;
        *here.by_address.entry(address).or_default() += 1;
        Ok(Place {
            crowd: Arc::clone(self),
            address,
        })
    }

    fn check(&self, here: &Here, address: IpAddr) -> Result<(), MatchmakeError> {
        if self.max.is_some_and(|max| here.total >= max.get()) {
            return Err(MatchmakeError::ServerFull);
        }
        let from_there = here.by_address.get(&address).copied().unwrap_or_default();
        if self.max_per_address.is_some_and(|max| from_there >= max.get()) {
            return Err(MatchmakeError::TooManyConnections);
        }
        Ok(())
    }

    fn here(&self) -> MutexGuard<'_, Here> {
        self.here.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut here = self.crowd.here();
        here.total = here.total.saturating_sub(1);
        if let Some(count) = here.by_address.get_mut(&self.address) {
            *count = count.saturating_sub(1);
            if *count == 0 {
                here.by_address.remove(&self.address);
            }
        }
    }
}

/// What counts as one address: an IPv4 address, or an IPv6 network of 64 bits.
fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => Ipv6Addr::from_bits(address.to_bits() & IPV6_NETWORK).into(),
        v4 => v4,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn places_are_counted_by_address_and_given_back() {
        let crowd = Arc::new(Crowd::new(NonZeroU32::new(3), NonZeroU32::new(2)));
        let one = crowd.enter(address("10.0.0.1")).unwrap();
        let two = crowd.enter(address("::ffff:10.0.0.1")).unwrap();
        assert_eq!(
            crowd.admits(address("10.0.0.1")),
            Err(MatchmakeError::TooManyConnections)
        );
        let three = crowd.enter(address("10.0.0.2")).unwrap();
        assert_eq!(crowd.admits(address("10.0.0.3")), Err(MatchmakeError::ServerFull));
        drop((one, two, three));
        assert_eq!(crowd.here().total, 0);
        assert!(crowd.here().by_address.is_empty());
        assert_eq!(crowd.admits(address("10.0.0.1")), Ok(()));
    }

    #[test]
    fn an_ipv6_network_is_one_address() {
        let crowd = Arc::new(Crowd::new(None, NonZeroU32::new(1)));
        let _place = crowd.enter(address("2001:db8:1:1::1")).unwrap();
        assert!(crowd.admits(address("2001:db8:1:1:ffff::2")).is_err());
        assert!(crowd.admits(address("2001:db8:1:2::1")).is_ok());
    }

    #[test]
    fn without_limits_everybody_comes_in() {
        let crowd = Arc::new(Crowd::new(None, None));
        let places: Vec<_> = (0..1000).map(|_| crowd.enter(address("::1")).unwrap()).collect();
        assert_eq!(places.len(), 1000);
    }
}
