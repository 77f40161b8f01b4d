package dev.outrigger.dev;

import dev.outrigger.proto.ca.IstioCertificateRequest;
import dev.outrigger.proto.ca.IstioCertificateResponse;
import dev.outrigger.proto.ca.IstioCertificateServiceGrpc;
import io.grpc.Status;
import io.grpc.stub.StreamObserver;
import java.io.IOException;
import java.time.Duration;

/// `istio.v1.auth.IstioCertificateService`: signs for whoever asks, whatever the token says.
final class CertificateService extends IstioCertificateServiceGrpc.IstioCertificateServiceImplBase {
    private static final Duration LIFETIME = Duration.ofDays(1);

    private final Authority authority;

    CertificateService(Authority authority) {
        this.authority = authority;
    }

    @Override
    public void createCertificate(IstioCertificateRequest request, StreamObserver<IstioCertificateResponse> answer) {
        var wanted = request.getValidityDuration();
        IstioCertificateResponse response;
        try {
            response = IstioCertificateResponse.newBuilder()
                    .addAllCertChain(
                            authority.sign(request.getCsr(), wanted > 0 ? Duration.ofSeconds(wanted) : LIFETIME))
                    .build();
        } catch (IOException e) {
            answer.onError(Status.INVALID_ARGUMENT
                    .withDescription(e.getMessage())
                    .withCause(e)
                    .asRuntimeException());
            return;
        }
        answer.onNext(response);
        answer.onCompleted();
    }
}
