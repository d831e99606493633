# ruff: noqa: E501 - rows of a table are not broken
"""What the common resources of an API look like: hand-made field sets, as a compact table.

A row is ``noun, alias: field field:type ...``. Types: ``i`` integer, ``n`` number, ``b`` boolean,
``t`` timestamp, ``d`` date, ``e`` e-mail, ``u`` URL, ``s*`` a list of strings, ``a|b`` one of these
words, ``@row`` another row, ``@row*`` a list of it; a bare field is a string.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Final

from mockwright.types import JsonObject

_TIMES: Final = "createdAt:t updatedAt:t"

_TABLE: Final = f"""
_address: street city state postalCode country
_line: productId:i name sku quantity:i unitPrice:n lineTotal:n
_person: id:i name email:e
_geo: latitude:n longitude:n
_payline: description amount:n
user, account, usuario, benutzer, utilisateur: id:i firstName lastName username email:e phone age:i role:admin|editor|viewer active:b address:@_address {_TIMES} lastLogin:t
customer, client, kunde, cliente: id:i firstName lastName email:e phone company address:@_address loyaltyPoints:i {_TIMES}
person, contact, member, profile, friend, subscriber, volunteer, resident: id:i firstName lastName email:e phone birthDate:d city country {_TIMES}
employee, staff, worker, colleague: id:i firstName lastName email:e phone jobTitle department salary:i hireDate:d active:b managerId:i
author, writer: id:i name email:e bio website:u country
order, purchase, bestellung, pedido, commande: id:i orderNumber customerId:i status:pending|processing|shipped|delivered|cancelled items:@_line* subtotal:n tax:n shippingCost:n total:n currency shippingAddress:@_address {_TIMES}
cart, basket: id:i userId:i items:@_line* subtotal:n tax:n total:n currency updatedAt:t
product, produkt, producto, produit, article_item, good: id:i name sku description category brand price:n msrp:n currency stock:i inStock:b rating:n tags:s* imageUrl:u {_TIMES}
item: id:i name description category price:n quantity:i inStock:b {_TIMES}
category, kategorie, categoria: id:i name slug description productCount:i
inventory, stock: id:i sku productName warehouse quantity:i reorderLevel:i location updatedAt:t
invoice, bill, rechnung, factura, facture: id:i invoiceNumber customerId:i customerName status:draft|sent|paid|overdue items:@_line* subtotal:n tax:n total:n currency issueDate:d dueDate:d
payment, charge: id:i orderId:i amount:n currency method:credit_card|paypal|bank_transfer status:pending|completed|failed|refunded transactionId paidAt:t
transaction: id:i accountNumber description category amount:n currency type:debit|credit status:completed|pending|failed date:t
refund: id:i paymentId:i amount:n currency reason status:pending|completed|rejected createdAt:t
subscription, membership: id:i userId:i plan:free|starter|professional|enterprise status:active|trialing|past_due|canceled price:n currency billingCycle:monthly|yearly startDate:d renewalDate:d
coupon, promotion, discount, voucher, offer: id:i code description discountPercent:i active:b startDate:d endDate:d usageCount:i
review, rating, testimonial: id:i productId:i author title rating:i comment verified:b helpfulCount:i createdAt:t
shipment, delivery, parcel, package: id:i orderId:i trackingNumber carrier status:label_created|in_transit|out_for_delivery|delivered address:@_address shippedAt:t estimatedDelivery:d
supplier, vendor, manufacturer: id:i name contactName email:e phone industry address:@_address active:b
warehouse: id:i name code city country capacity:i manager
store, shop, branch, outlet: id:i name phone address:@_address latitude:n longitude:n openingTime closingTime
company, organization, organisation, business, firma: id:i name industry website:u email:e phone employeeCount:i founded:i address:@_address
department: id:i name manager employeeCount:i budget:n location
team, group, squad: id:i name description lead memberCount:i createdAt:t
project: id:i name description status:planning|active|on_hold|completed owner budget:n progress:i startDate:d endDate:d
task, todo, job_item: id:i title description status:todo|in_progress|in_review|done priority:low|medium|high assignee completed:b dueDate:d {_TIMES}
ticket, issue, bug, incident, case: id:i ticketNumber subject description status:open|in_progress|resolved|closed priority:low|medium|high|urgent category reporter assignee {_TIMES}
post, article, blog, story, entry: id:i title slug excerpt content author category tags:s* status:draft|published viewCount:i likeCount:i publishedAt:t
comment, reply: id:i postId:i author email:e body likeCount:i createdAt:t
page: id:i title slug content status:draft|published {_TIMES}
news, headline: id:i title summary source author url:u imageUrl:u publishedAt:t
tag, label: id:i name slug color postCount:i
message, chat_message, sms, dm: id:i conversationId:i sender content read:b sentAt:t
chat, conversation, thread, channel: id:i subject participants:s* lastMessage unreadCount:i {_TIMES}
notification, alert: id:i type title message read:b createdAt:t
email, mail: id:i sender recipient subject body read:b sentAt:t
event, meetup, conference: id:i name description location organizer startDate:t endDate:t capacity:i attendeeCount:i price:n
booking, reservation: id:i confirmationCode guestName email:e roomNumber guests:i status:pending|confirmed|cancelled checkIn:d checkOut:d total:n currency
appointment, visit: id:i patientName doctorName specialty reason status:scheduled|completed|cancelled startTime:t endTime:t
meeting, calendar: id:i title organizer attendees:s* location startTime:t endTime:t
patient: id:i medicalRecordNumber firstName lastName gender birthDate:d age:i bloodType phone email:e allergies:s* diagnosis ward roomNumber admittedAt:t
doctor, physician, nurse: id:i name specialty department email:e phone yearsOfExperience:i available:b
prescription, medication: id:i patientName medication dosage frequency prescribedBy startDate:d endDate:d
hospital, clinic: id:i name phone address:@_address bedCount:i specialties:s*
flight: id:i flightNumber airline origin destination departureTime:t arrivalTime:t status:scheduled|boarding|departed|landed|delayed gate terminal aircraft price:n currency
hotel: id:i name description rating:n pricePerNight:n currency address:@_address amenities:s*
room: id:i name roomNumber type:single|double|suite capacity:i pricePerNight:n available:b
trip, tour, journey: id:i title destination startDate:d endDate:d price:n currency travelers:i
restaurant, cafe: id:i name cuisine rating:n phone address:@_address openingTime closingTime
recipe, meal, dish: id:i name description cuisine ingredients:s* prepTimeMinutes:i servings:i rating:n
car, vehicle: id:i make model year:i color licensePlate vin mileage:i price:n available:b
driver: id:i name phone email:e licenseNumber rating:n active:b
property, listing, apartment: id:i title description type:apartment|house|studio price:n currency bedrooms:i bathrooms:i address:@_address available:b
device, machine, asset, equipment: id:i name type serialNumber firmwareVersion ipAddress macAddress status:online|offline|maintenance batteryLevel:i lastSeen:t
sensor: id:i name type:temperature|humidity|pressure unit value:n location batteryLevel:i lastSeen:t
reading, measurement, telemetry: id:i sensorId:i temperature:n humidity:n pressure:n batteryLevel:i timestamp:t
metric: id:i name value:n unit service timestamp:t
log, audit, activity: id:i level:info|warning|error service message userId:i ipAddress timestamp:t
server, host, node, instance: id:i name ipAddress status:running|stopped|degraded region cpuUsage:n memoryUsage:n os uptime:n
service, application, app: id:i name version status:healthy|degraded|down environment repository lastDeployed:t
deployment, build, release, pipeline: id:i service version environment:production|staging status:succeeded|failed|running commit branch triggeredBy startedAt:t finishedAt:t
repository, repo: id:i name description language defaultBranch starCount:i forkCount:i private:b url:u {_TIMES}
commit: sha message author email:e date:t
file, document, attachment, upload, photo, image: id:i fileName mimeType size:i url:u uploadedBy createdAt:t
folder: id:i name path fileCount:i {_TIMES}
course, class, lesson: id:i title description instructor category level:beginner|intermediate|advanced price:n enrollmentCount:i startDate:d endDate:d
student, pupil: id:i studentNumber firstName lastName email:e major gpa:n enrollmentDate:d
teacher, instructor, professor: id:i name email:e department subject
grade, exam, quiz: id:i studentId:i course score:i grade date:d
school, university: id:i name website:u phone address:@_address studentCount:i
book: id:i title author isbn genre publisher year:i price:n rating:n
movie, film, show, series: id:i title director genre year:i durationMinutes:i rating:n posterUrl:u
song, track: id:i title artist album genre durationSeconds:i releaseDate:d
album: id:i title artist genre trackCount:i releaseDate:d
artist, band: id:i name genre country followerCount:i
playlist: id:i name description owner trackCount:i public:b createdAt:t
video, podcast, episode: id:i title description url:u durationSeconds:i viewCount:i likeCount:i publishedAt:t
game: id:i title genre platform price:n rating:n releaseDate:d
player: id:i username level:i score:i country joinedAt:t
match, fixture: id:i homeTeam awayTeam homeScore:i awayScore:i venue date:t
job, vacancy, position: id:i title company location employmentType:full_time|part_time|contract salary:i description postedAt:t
candidate, applicant, application: id:i firstName lastName email:e phone position status:new|interview|offer|rejected appliedAt:t
payroll, payslip, salary: id:i employeeId:i employeeName grossPay:n deductions:n netPay:n currency periodStart:d periodEnd:d paymentDate:d status:pending|paid
expense: id:i employee category description amount:n currency status:pending|approved|rejected date:d
account_bank, bankaccount: id:i accountHolder iban bic balance:n currency type:checking|savings openedAt:t
card: id:i cardholderName cardNumber brand:visa|mastercard expiry active:b
loan: id:i borrowerName amount:n interestRate:n termMonths:i status:approved|pending|rejected startDate:d
claim, policy: id:i policyNumber holderName type amount:n status:approved|pending|rejected startDate:d endDate:d
lead, opportunity, deal: id:i name company email:e phone source status:new|contacted|qualified|lost value:n createdAt:t
campaign: id:i name channel budget:n impressions:i clicks:i conversionRate:n startDate:d endDate:d
pet, animal: id:i name species:dog|cat|rabbit breed age:i weight:n owner vaccinated:b
country: code name capital currency continent population:i
city, place, location: id:i name state country latitude:n longitude:n population:i timezone
address: id:i street city state postalCode country primary:b
weather, forecast: city country temperature:n feelsLike:n humidity:i windSpeed:n condition timestamp:t
role: id:i name description permissions:s* userCount:i
permission: id:i name description
setting, preference, config, configuration: language timezone theme:light|dark emailNotifications:b pushNotifications:b currency
webhook: id:i url:u events:s* active:b createdAt:t
session: id:i userId:i ipAddress userAgent createdAt:t expiresAt:t
feature, flag: id:i name description enabled:b rolloutPercent:i {_TIMES}
report, dashboard: id:i title description format:pdf|csv url:u createdAt:t
survey, poll, form: id:i title description questionCount:i responseCount:i active:b createdAt:t
question, faq: id:i question answer category author createdAt:t
quote: id:i text author category
currency, rate: code name symbol exchangeRate:n updatedAt:t
wishlist, favorite, bookmark: id:i userId:i name itemCount:i {_TIMES}
token, login, signin, oauth: accessToken refreshToken tokenType expiresIn:i user:@_person
logout, signout: success:b message
register, signup: id:i username email:e message createdAt:t
health, healthz, status, ready, live, ping, heartbeat: status:ok version uptimeSeconds:i timestamp:t
stat, stats, statistic, analytics, summary, overview: total:i active:i newToday:i growthRate:n updatedAt:t
version, info: name version commit buildDate:t
"""

_SCALARS: Final[dict[str, JsonObject]] = {
    "i": {"type": "integer"},
    "n": {"type": "number"},
    "b": {"type": "boolean"},
    "t": {"type": "string", "format": "date-time"},
    "d": {"type": "string", "format": "date"},
    "e": {"type": "string", "format": "email"},
    "u": {"type": "string", "format": "uri"},
    "": {"type": "string"},
}
SINGLETONS: Final = frozenset(
    [
        "health",
        "healthz",
        "status",
        "ready",
        "live",
        "ping",
        "heartbeat",
        "stat",
        "stats",
        "statistic",
        "analytics",
        "summary",
        "overview",
        "version",
        "info",
        "me",
        "self",
        "current",
        "setting",
        "preference",
        "config",
        "configuration",
        "login",
        "signin",
        "logout",
        "signout",
        "register",
        "signup",
        "token",
        "oauth",
        "profile",
        "cart",
        "basket",
        "weather",
        "dashboard",
    ]
)
"""Resources of which there is one."""
_DEFAULT: Final = f"id:i name description status:active|inactive {_TIMES}"


@lru_cache(maxsize=1)
def _rows() -> dict[str, str]:
    rows: dict[str, str] = {}
    for line in _TABLE.strip().splitlines():
        names, _, fields = line.partition(": ")
        for name in names.split(","):
            rows.setdefault(name.strip(), fields)
    return rows


def nouns() -> frozenset[str]:
    """The resources with a field set of their own, aliases included."""
    return frozenset(name for name in _rows() if not name.startswith("_"))


def resource_schema(noun: str) -> JsonObject:
    """An object of that resource, all fields required; a general one for an unknown noun."""
    return _object(_rows().get(noun.lstrip("_"), _DEFAULT))


def _object(fields: str) -> JsonObject:
    properties = {}
    for field in fields.split():
        name, _, kind = field.partition(":")
        properties[name] = _field(name, kind)
    return {"type": "object", "properties": properties, "required": list(properties)}


def _field(name: str, kind: str) -> JsonObject:
    if kind.endswith("*"):
        item = _SCALARS[""] if kind == "s*" else _field(name, kind[:-1])
        return {"type": "array", "items": dict(item), "minItems": 1, "maxItems": 3}
    if kind.startswith("@"):
        return _object(_rows()[kind[1:]])
    if kind not in _SCALARS:
        return {"type": "string", "enum": kind.split("|")}
    bounds = {"minimum": 1, "maximum": 5} if name == "rating" else {}
    return {**_SCALARS[kind], **bounds}
