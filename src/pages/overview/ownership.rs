//! An organization that is offered to the member: to take on, or to decline.

use actix_web::HttpResponse;

use crate::pages::error::PageError;
use crate::pages::frame::When;
use crate::pages::submitted::Submitted;
use crate::pages::visit::Signed;
use crate::service::Error;

/// What is offered.
pub struct Offer {
    /// Who offers which organization.
    pub title: String,
    /// Until when it can be taken on.
    pub until: When,
}

impl Offer {
    /// The open offer to the member, if there is one.
    pub async fn to(signed: &Signed) -> Result<Option<Self>, Error> {
        let home = signed.member.organization_id;
        let found = signed.services.ownership.get(&signed.call, home).await?.offer;
        let Some(offer) = found.filter(|offer| offer.member_id == signed.member.id) else { return Ok(None) };
        let organization = signed.services.organizations.get(&signed.call, home).await?.name;
        let owner = signed.services.ownership.owner_name(&signed.call, home).await?.unwrap_or_default();
        let title = signed.words.with_two("offer", ("owner", &owner), ("name", &organization));
        Ok(Some(Self { title, until: When(offer.expires_at) }))
    }
}

/// `POST /ownership/accept`.
pub async fn accept(submitted: Submitted) -> Result<HttpResponse, PageError> {
    let home = submitted.member.organization_id;
    submitted.services.ownership.accept(&submitted.call, home).await?;
    submitted.go_to("/admin/organization?done=offer-accepted")
}

/// `POST /ownership/decline`.
pub async fn decline(submitted: Submitted) -> Result<HttpResponse, PageError> {
    let home = submitted.member.organization_id;
    // The owner may end the offer to somebody else, but not by declining it.
    if Offer::to(&submitted).await?.is_some() {
        submitted.services.ownership.end_offer(&submitted.call, home).await?;
    }
    submitted.go_to("/overview?done=offer-declined")
}
