"""Admin of users, their memberships, and API tokens."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.models import Group
from django.db.models import Q, QuerySet
from django.http import HttpRequest

from core.access import actor_of, role_of
from core.admin.base import StrictAdmin, SuperuserAdmin
from core.common import clock
from core.models import Advertiser, ApiToken, AuditAction, Membership, Role, User, record

# Groups and model permissions are not used: roles come from Memberships.
admin.site.unregister(Group)


def record_member_changes(request: HttpRequest, formset: Any) -> None:
    """Write an audit entry for each membership that a saved formset added, changed or removed."""
    old_roles = {form.instance.pk: form.initial.get("role") for form in formset.initial_forms}
    for member in formset.new_objects:
        _record_member(request, AuditAction.ADD_MEMBER, member, None, member.role)
    for member, _ in formset.changed_objects:
        _record_member(
            request, AuditAction.CHANGE_ROLE, member, old_roles.get(member.pk), member.role
        )
    for member in formset.deleted_objects:
        _record_member(request, AuditAction.REMOVE_MEMBER, member, member.role, None)


def _record_member(
    request: HttpRequest,
    action: AuditAction,
    member: Membership,
    before: int | None,
    after: int | None,
) -> None:
    record(
        actor_of(request),
        action,
        member.user,
        advertiser=member.advertiser,
        before={"role": before and Role(before).label},
        after={"role": after and Role(after).label},
    )


class MemberForm(forms.ModelForm):  # type: ignore[type-arg]
    """Finds the person by user name or e-mail: an advertiser's admin may not list all users."""

    person = forms.CharField(label="User name or e-mail", max_length=254)

    class Meta:
        model = Membership
        fields = ("role",)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk and "person" in self.fields:
            self.fields["person"].disabled = True
            self.initial["person"] = self.instance.user.username

    def clean_person(self) -> str:
        text: str = self.cleaned_data["person"].strip()
        person = User.objects.filter(Q(username=text) | Q(email__iexact=text)).first()
        if person is None:
            raise forms.ValidationError(
                "Nobody has this user name or e-mail address. A superuser adds people under Users."
            )
        self.instance.user = person
        return text


class MemberFormSet(forms.BaseInlineFormSet):  # type: ignore[type-arg]
    def clean(self) -> None:
        super().clean()
        seen: set[int] = set()
        for form in self.forms:
            user_id = form.instance.user_id
            if user_id in seen:
                form.add_error("person", "This person is a member already.")
            if user_id is not None:
                seen.add(user_id)


class AdvertiserMembershipInline(admin.TabularInline):  # type: ignore[type-arg]
    """On an advertiser's page: members see each other, admins change memberships."""

    model = Membership
    form = MemberForm
    formset = MemberFormSet
    fields = ("person", "role")
    extra = 0
    verbose_name = "person"
    verbose_name_plural = "people and their roles"

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).select_related("user", "advertiser")

    def person(self, member: Membership) -> str:
        """Replaces the form's field for viewers, who can only read."""
        return member.user.username

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return True

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        if isinstance(obj, Advertiser) and obj.pk:
            return role_of(request.user, obj) >= Role.ADMIN
        return bool(request.user.is_superuser)

    has_add_permission = has_change_permission
    has_delete_permission = has_change_permission


class UserMembershipInline(admin.TabularInline):  # type: ignore[type-arg]
    """On a user's page, which only superusers can open."""

    model = Membership
    autocomplete_fields = ("advertiser",)
    extra = 0

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return bool(request.user.is_superuser)

    has_add_permission = has_view_permission
    has_change_permission = has_view_permission
    has_delete_permission = has_view_permission


@admin.register(User)
class UserAdmin(SuperuserAdmin, DjangoUserAdmin):  # type: ignore[type-arg]
    list_display = ("username", "email", "is_active", "is_staff", "is_superuser", "last_login")
    list_filter = ("is_active", "is_staff", "is_superuser")
    filter_horizontal = ()
    readonly_fields = ("last_login", "date_joined")
    fieldsets = (
        (None, {"fields": ("username", "password", "first_name", "last_name", "email")}),
        ("Access", {"fields": ("is_active", "is_staff", "is_superuser")}),
        ("Dates", {"fields": ("last_login", "date_joined")}),
    )
    add_fieldsets = (
        (None, {"fields": ("username", "email", "usable_password", "password1", "password2")}),
    )
    inlines = (UserMembershipInline,)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Users are set inactive instead, so that audit entries and approvals keep their author."""
        return False

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        names = [name for name in form.changed_data if "password" not in name]
        action = AuditAction.CHANGE_USER if change else AuditAction.ADD_USER
        record(actor_of(request), action, obj, advertiser=None, after={"changed": names})

    def save_formset(self, request: HttpRequest, form: Any, formset: Any, change: bool) -> None:
        super().save_formset(request, form, formset, change)
        record_member_changes(request, formset)


class TokenForm(forms.ModelForm):  # type: ignore[type-arg]
    def clean_expires_at(self) -> Any:
        at = self.cleaned_data["expires_at"]
        if at is not None and at <= clock.real_now():
            raise forms.ValidationError("Give a time in the future.")
        return at


@admin.register(ApiToken)
class ApiTokenAdmin(StrictAdmin):
    """The user's own tokens; a superuser sees all. Deleting a token revokes it."""

    form = TokenForm
    list_display = ("name", "hint", "user", "max_role", "expires_at", "created_at", "last_used_at")
    list_select_related = ("user",)
    search_fields = ("name", "user__username")
    ordering = ("-created_at",)
    list_filter = ("max_role",)
    autocomplete_fields = ("user",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        rows = super().get_queryset(request)
        return rows if request.user.is_superuser else rows.filter(user=request.user)

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        fields = ["name", "max_role", "expires_at"]
        if obj is not None:
            return [*fields, "hint", "user", "created_at", "last_used_at"]
        return ["user", *fields] if request.user.is_superuser else fields

    def get_form(
        self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any
    ) -> Any:
        form = super().get_form(request, obj, change, **kwargs)
        if "user" in form.base_fields:
            form.base_fields["user"].initial = request.user.pk
        return form

    def has_module_permission(self, request: HttpRequest) -> bool:
        return bool(request.user.is_staff)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return obj is None or request.user.is_superuser or obj.user_id == request.user.pk

    has_delete_permission = has_view_permission

    def has_add_permission(self, request: HttpRequest) -> bool:
        return bool(request.user.is_staff)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Issue the token and show its secret, which is possible only once."""
        owner: Any = obj.user if obj.user_id else request.user
        token, secret = ApiToken.issue(user=owner, name=obj.name, max_role=Role(obj.max_role))
        ApiToken.objects.filter(pk=token.pk).update(expires_at=obj.expires_at)
        obj.pk, obj.user = token.pk, owner
        obj.refresh_from_db()
        after = {"owner": str(owner), "max_role": obj.get_max_role_display()}
        record(actor_of(request), AuditAction.ISSUE_API_TOKEN, obj, advertiser=None, after=after)
        text = f"Copy the token now, it cannot be shown again: {secret}"
        self.message_user(request, text, messages.WARNING)

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        record(actor_of(request), AuditAction.REVOKE_API_TOKEN, obj, advertiser=None)
        super().delete_model(request, obj)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        for token in queryset:
            self.delete_model(request, token)
