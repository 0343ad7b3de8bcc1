"""The name patterns of campaigns, ad groups and ads, and the URL tags."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from agents.forms.naming import NamingForm, samples
from campaigns import naming
from campaigns.briefs.selectors import patterns_of
from campaigns.naming import Patterns
from campaigns.services import set_patterns
from core.access import actor_of, advertiser_page
from core.action_labels import signed_out_form
from core.common.errors import InputErrors
from core.models import Advertiser, Role


@advertiser_page()
def names(request: HttpRequest, advertiser: Advertiser) -> HttpResponse:
    patterns = patterns_of(advertiser)
    context = {"form": NamingForm(patterns=patterns), "samples": samples(advertiser, patterns)}
    return render(request, "agents/names.html", context)


@signed_out_form("set the name patterns", can_spend=False)
@advertiser_page(Role.EDITOR)
@require_POST
def names_save(request: HttpRequest, advertiser: Advertiser) -> HttpResponse:
    form = NamingForm(request.POST, patterns=patterns_of(advertiser))
    try:
        if form.is_valid():
            actor = actor_of(request)
            set_patterns(actor=actor, advertiser=advertiser, patterns=form.patterns())
            messages.success(request, "Saved. The next plans use these names and tags.")
            return redirect("names", advertiser.slug)
    except InputErrors as err:
        form.refuse(err)
    context = {"form": form, "samples": samples(advertiser, patterns_of(advertiser))}
    return render(request, "agents/names.html", context, status=422)


@signed_out_form("show an example of the name patterns", can_spend=False)
@advertiser_page()
@require_POST
def names_sample(request: HttpRequest, advertiser: Advertiser) -> HttpResponse:
    """Example names from the patterns while they are typed."""
    form = NamingForm(request.POST, patterns=Patterns())
    problems = []
    try:
        if form.is_valid():
            naming.check(form.patterns())
        else:
            problems = [str(errors[0]) for errors in form.errors.values()]
    except InputErrors as err:
        problems = [part.user_message for part in err.errors]
    examples = [] if problems else samples(advertiser, form.patterns())
    context = {"samples": examples, "problems": problems}
    return render(request, "agents/names_sample.html", context)
