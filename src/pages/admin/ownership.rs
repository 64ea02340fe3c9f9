//! Who owns the organization, and to whom it is offered.

use actix_web::HttpResponse;

use super::names::{Name, Names, holder};
use super::office::{Office, Order, demand};
use crate::domain::access::OrganizationPermission;
use crate::domain::field::{Fault, FieldError};
use crate::pages::error::PageError;
use crate::pages::frame::When;
use crate::service::Error;

/// Who owns the organization, as a page shows it.
pub struct Owned {
    /// None in an organization that was made without one.
    pub owner: Option<Name>,
    /// The open offer.
    pub offer: Option<Offered>,
    /// Whether whoever looks may offer it, or withdraw the offer.
    pub can_offer: bool,
}

/// To whom it is offered.
pub struct Offered {
    /// The member.
    pub who: Name,
    /// Until when it can be taken on.
    pub until: When,
}

impl Owned {
    /// As it stands.
    pub async fn of(office: &Office) -> Result<Self, Error> {
        let found = office.services.ownership.get(&office.call, office.home).await?;
        let mut names = Names::new(office);
        let owner = match found.owner_id {
            Some(id) => Some(names.member_name(id).await?),
            None => None,
        };
        let offer = match found.offer {
            Some(offer) => Some(Offered {
                who: names.member_name(offer.member_id).await?,
                until: When(offer.expires_at),
            }),
            None => None,
        };
        Ok(Self { owner, offer, can_offer: office.may(OrganizationPermission::HandOver) })
    }
}

/// Offers the organization to whoever has the address that was typed.
pub async fn offer(order: &Order, login: &str) -> Result<(), Error> {
    let member = if login.is_empty() { None } else { holder(order, login).await? };
    let fault = if login.is_empty() { Fault::Missing } else { Fault::NotFound };
    let member = member.ok_or_else(|| FieldError::new("member_id", fault, "is nobody here"))?;
    order.services.ownership.hand_over(&order.call, order.home, member.id).await.map(drop)
}

/// `POST /admin/organization/offer/withdraw`.
pub async fn withdraw(order: Order) -> Result<HttpResponse, PageError> {
    demand(order.may(OrganizationPermission::HandOver))?;
    order.services.ownership.end_offer(&order.call, order.home).await?;
    order.go_to("/admin/organization?done=offer-withdrawn")
}
