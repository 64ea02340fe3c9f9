//! Where a request comes from: the peer, or whom a trusted proxy in front of it names.

use std::net::IpAddr;

use actix_web::HttpRequest;
use actix_web::http::header::USER_AGENT;
use actix_web::web::Data;

use super::middleware::request_id;
use super::problem::Problem;
use crate::domain::ids::DeviceId;
use crate::domain::network::TrustedProxies;
use crate::domain::place::{Place, Requester};
use crate::domain::session::user_agent;
use crate::service::Services;
use crate::service::sign_ins::SignInOrigin;

/// Everybody of whom no address is known is at this place.
const NOWHERE: Place = Place::Unknown(Requester::Door("api"));

/// Where a request comes from.
#[derive(Clone, Copy, Debug)]
pub struct ClientOrigin {
    /// The address that is written down: that of the client, else that of the peer; `None` if even that is not known.
    pub ip: Option<IpAddr>,
    /// The place that the throttle counts by. Behind a proxy that is not trusted, or names nobody, it is nobody's own:
    /// else whoever is behind it could lock out all who are.
    pub place: Place,
}

impl ClientOrigin {
    /// Where this request comes from.
    pub fn of(request: &HttpRequest) -> Self {
        let peer = request.peer_addr().map(|peer| peer.ip().to_canonical());
        let proxies = request.app_data::<Data<TrustedProxies>>();
        let Some((peer, proxies)) = peer.zip(proxies) else {
            return Self { ip: peer, place: NOWHERE };
        };

        let named = request.headers().get_all("x-forwarded-for");
        // A header that is no text hides what stands before it.
        let lists: Vec<&str> = named.map(|list| list.to_str().unwrap_or("unknown")).collect();

        match (proxies.trust(peer), lists.is_empty()) {
            (false, true) => Self { ip: Some(peer), place: Place::at(peer) },
            (true, true) => Self { ip: Some(peer), place: NOWHERE },
            (true, false) => {
                let client = proxies.client(peer, lists.iter().flat_map(|list| list.split(',')));
                Self { ip: Some(client), place: Place::at(client) }
            }
            (false, false) => {
                if let Some(services) = request.app_data::<Data<Services>>() {
                    services.callers.note_untrusted_proxy(peer);
                }
                Self { ip: Some(peer), place: NOWHERE }
            }
        }
    }
}

/// Where somebody who signs in with this request comes from.
pub fn sign_in_origin(request: &HttpRequest, device: Option<DeviceId>) -> Result<SignInOrigin, Problem> {
    let ClientOrigin { ip, place } = ClientOrigin::of(request);
    let header = request.headers().get(USER_AGENT).map(|header| String::from_utf8_lossy(header.as_bytes()));
    let user_agent = header.and_then(|header| user_agent(&header));
    Ok(SignInOrigin { ip, place, device, user_agent, request_id: request_id(request)? })
}
