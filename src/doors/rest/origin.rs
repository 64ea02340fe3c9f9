//! Where a request comes from: the peer, or whom a trusted proxy in front of it names.

use std::net::IpAddr;

use actix_web::HttpRequest;
use actix_web::web::Data;

use crate::domain::network::TrustedProxies;

/// The address of the client; `None` where even that of the peer is not known.
pub fn client_ip(request: &HttpRequest) -> Option<IpAddr> {
    let peer = request.peer_addr()?.ip();
    let named = request.headers().get_all("x-forwarded-for");
    // A header that is no text hides what stands before it.
    let lists: Vec<&str> = named.map(|list| list.to_str().unwrap_or("unknown")).collect();
    let hops = lists.iter().flat_map(|list| list.split(','));
    Some(request.app_data::<Data<TrustedProxies>>()?.client(peer, hops))
}
